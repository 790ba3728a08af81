-- How far the closing of hours has come: of those that ended so long ago, and in whose last 24 hours somebody acted,
-- how many are closed. Each hour is looked up by itself.
SELECT
    count(*) AS due,
    count(closed.hour) AS closed,
    min(series.hour) AS first_hour,
    max(series.hour) AS last_hour
FROM (SELECT hour FROM actions.activity ORDER BY hour LIMIT 1) AS first
CROSS JOIN LATERAL generate_series(
    first.hour,
    date_trunc('hour', statement_timestamp() - %(after)s::interval) - interval '1 hour',
    interval '1 hour'
) AS series (hour)
LEFT JOIN actions.closed_hours AS closed ON closed.hour = series.hour
WHERE EXISTS (
    SELECT
    FROM actions.activity AS cell
    WHERE cell.hour > series.hour - interval '24 hours'
      AND cell.hour <= series.hour
)
