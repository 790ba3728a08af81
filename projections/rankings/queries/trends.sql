-- What was calculated of a topic, hour by hour up to a time, the end of the current hour when none is given.
SELECT hour, average, students, calculations
FROM rankings.topic_trends
CROSS JOIN LATERAL (
    SELECT coalesce(%(until)s::timestamptz, date_trunc('hour', now()) + interval '1 hour') AS until
) AS span
WHERE period_id = %(period_id)s
  AND topic_id = %(topic_id)s
  AND hour >= span.until - %(hours)s * interval '1 hour'
  AND hour < span.until
ORDER BY hour
