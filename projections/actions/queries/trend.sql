-- A ripple hour by hour up to a time, the current hour when none is given: what was done, and its place in the
-- close. Each hour's cells are looked up by themselves, so that a long past costs nothing.
WITH span AS (
    SELECT coalesce(%(until)s::timestamptz, to_timestamp(hour * 3600) + interval '1 hour') AS until
    FROM actions.clock
), closed AS (
    SELECT hour, score, rank
    FROM actions.trending_scores
    WHERE wave_id = %(wave_id)s
      AND ripple_id = %(ripple_id)s
      AND hour >= (SELECT until - %(hours)s * interval '1 hour' FROM span)
)
SELECT series.hour, done.actions, done.impact, closed.score, closed.rank
FROM span
CROSS JOIN LATERAL generate_series(
    span.until - %(hours)s * interval '1 hour', span.until - interval '1 hour', interval '1 hour'
) AS series (hour)
CROSS JOIN LATERAL (
    SELECT coalesce(sum(cell.actions), 0)::bigint AS actions, trim_scale(coalesce(sum(cell.impact), 0)) AS impact
    FROM actions.activity AS cell
    WHERE cell.wave_id = %(wave_id)s
      AND cell.ripple_id = %(ripple_id)s
      AND cell.hour = series.hour
) AS done
LEFT JOIN closed ON closed.hour = series.hour
WHERE EXISTS (
    SELECT FROM actions.ripple_counters WHERE wave_id = %(wave_id)s AND ripple_id = %(ripple_id)s
)
ORDER BY series.hour
