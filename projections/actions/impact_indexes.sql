-- How each ripple that acted in the 30 days before a whole hour compares with the median of those of its wave.
-- Everything is a whole number of millionths until the end: twice the median is the sum of the two in the middle
-- (the same one twice where their number is odd). The index is a floor of halves, that is: rounded half up.
WITH acted AS (
    SELECT h.wave_id, h.ripple_id, sum(h.impact_micros) AS impact_micros
    FROM {generation}.activity_hours AS h
    WHERE h.hour >= floor(extract(epoch FROM %(as_of)s::timestamptz) / 3600)::bigint - 720
      AND h.hour < floor(extract(epoch FROM %(as_of)s::timestamptz) / 3600)::bigint
    GROUP BY h.wave_id, h.ripple_id
    HAVING sum(h.actions) > 0
), placed AS (
    SELECT
        acted.wave_id,
        acted.ripple_id,
        acted.impact_micros,
        row_number() OVER (PARTITION BY acted.wave_id ORDER BY acted.impact_micros) AS place,
        count(*) OVER (PARTITION BY acted.wave_id) AS ripples
    FROM acted
    JOIN {generation}.waves AS w ON w.wave_id = acted.wave_id
    JOIN {generation}.ripples AS r ON r.wave_id = acted.wave_id AND r.ripple_id = acted.ripple_id
    WHERE NOT w.deleted
      AND NOT r.deleted
), medians AS (
    SELECT wave_id, ripples, sum(impact_micros) * CASE WHEN count(*) = 1 THEN 2 ELSE 1 END AS twice_micros
    FROM placed
    WHERE place IN ((ripples + 1) / 2, ripples / 2 + 1)
    GROUP BY wave_id, ripples
)
SELECT
    placed.wave_id,
    placed.ripple_id,
    trim_scale(placed.impact_micros * 0.000001) AS impact_30d,
    trim_scale(medians.twice_micros * 0.0000005) AS wave_median_30d,
    CASE WHEN medians.twice_micros = 0 OR medians.ripples = 1 THEN
        1.00
    ELSE
        least(
            greatest(
                div(400 * placed.impact_micros + medians.twice_micros, 2 * medians.twice_micros) * 0.01,
                0.50
            ),
            3.00
        )
    END AS index
FROM placed
JOIN medians ON medians.wave_id = placed.wave_id
ORDER BY placed.wave_id, placed.ripple_id
