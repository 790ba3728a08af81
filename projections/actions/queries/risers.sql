-- The ripples that won most places from the close before to the close of an hour; of the last one when no hour is
-- given. What is new in a close has risen from nowhere, by no number of places.
WITH risen AS (
    SELECT *
    FROM actions.trending_scores
    WHERE hour = coalesce(%(hour)s::timestamptz, (SELECT max(hour) FROM actions.closed_hours))
      AND rank_change > 0
    ORDER BY rank_change DESC, rank
    LIMIT %(limit)s
)
SELECT
    risen.hour,
    risen.rank,
    risen.wave_id,
    risen.ripple_id,
    ripple.title,
    wave.title AS wave_title,
    risen.score,
    risen.actions_1h,
    risen.actions_24h,
    risen.participants,
    risen.in_top_10,
    risen.rank_change,
    risen.peak_rank
FROM risen
LEFT JOIN actions.waves AS wave ON wave.wave_id = risen.wave_id
LEFT JOIN actions.ripple_counters AS ripple
  ON ripple.wave_id = risen.wave_id
 AND ripple.ripple_id = risen.ripple_id
ORDER BY risen.rank_change DESC, risen.rank
