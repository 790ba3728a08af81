-- Where students of a period rank topics that are not removed.
SELECT b.student_id, e.topic_id, e.position
FROM {generation}.ballots AS b
CROSS JOIN LATERAL jsonb_to_recordset(b.entries) AS e (topic_id text COLLATE "C", position bigint)
JOIN {generation}.topics AS t ON t.period_id = b.period_id AND t.topic_id = e.topic_id AND NOT t.removed
WHERE b.period_id = %(period_id)s AND e.position IS NOT NULL
ORDER BY b.student_id, e.topic_id
