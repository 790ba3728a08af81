-- The first ripples of the close of an hour; of the last one when no hour is given.
SELECT
    score.hour,
    score.rank,
    score.wave_id,
    score.ripple_id,
    ripple.title,
    wave.title AS wave_title,
    score.score,
    score.actions_1h,
    score.actions_24h,
    score.participants,
    score.in_top_10,
    score.rank_change,
    score.peak_rank
FROM actions.trending_scores AS score
LEFT JOIN actions.waves AS wave ON wave.wave_id = score.wave_id
LEFT JOIN actions.ripple_counters AS ripple
  ON ripple.wave_id = score.wave_id
 AND ripple.ripple_id = score.ripple_id
WHERE score.hour = coalesce(%(hour)s::timestamptz, (SELECT max(hour) FROM actions.closed_hours))
ORDER BY score.rank
LIMIT %(limit)s
