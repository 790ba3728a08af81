-- How a ripple compares with its wave, as last calculated.
SELECT
    wave_id,
    ripple_id,
    impact_30d,
    wave_median_30d,
    index,
    (SELECT indexes_as_of FROM actions.clock) AS calculated_at
FROM actions.impact_indexes
WHERE wave_id = %(wave_id)s
  AND ripple_id = %(ripple_id)s
