-- How many students rank each topic, and the sums of their positions and of these squared.
SELECT
    b.period_id,
    e.topic_id,
    count(*) AS students,
    sum(e.position) AS sum_of_positions,
    sum(e.position * e.position) AS sum_of_squares
FROM {source} AS b
CROSS JOIN LATERAL jsonb_to_recordset(b.entries) AS e (topic_id text COLLATE "C", position bigint)
WHERE e.position IS NOT NULL
GROUP BY b.period_id, e.topic_id
