-- How many students put each topic at each position.
SELECT b.period_id, e.topic_id, e.position, count(*) AS students
FROM {source} AS b
CROSS JOIN LATERAL jsonb_to_recordset(b.entries) AS e (topic_id text COLLATE "C", position bigint)
WHERE e.position IS NOT NULL
GROUP BY b.period_id, e.topic_id, e.position
