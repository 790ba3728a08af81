-- An entry hour by hour up to the end of the current hour. Each hour's cell is looked up by itself.
SELECT
    series.hour,
    coalesce(done.resonances, 0) AS resonances,
    coalesce(done.amplifications, 0) AS amplifications,
    coalesce(done.shares, 0) AS shares,
    coalesce(done.branches, 0) AS branches
FROM (SELECT date_trunc('hour', coalesce(%(until)s::timestamptz, statement_timestamp() + interval '1 hour')) AS until)
    AS span
CROSS JOIN LATERAL generate_series(
    span.until - %(hours)s * interval '1 hour', span.until - interval '1 hour', interval '1 hour'
) AS series (hour)
LEFT JOIN LATERAL (
    SELECT cell.resonances, cell.amplifications, cell.shares, cell.branches
    FROM interactions.activity AS cell
    WHERE cell.entry_id = %(entry_id)s
      AND cell.hour = series.hour
) AS done ON true
WHERE EXISTS (SELECT FROM interactions.interaction_counts WHERE entry_id = %(entry_id)s)
ORDER BY series.hour
