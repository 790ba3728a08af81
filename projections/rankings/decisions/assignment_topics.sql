-- The topics of a period that can be given, and to how many students each; none where the period is not known.
SELECT p.period_id, t.topic_id, t.capacity
FROM {generation}.periods AS p
LEFT JOIN {generation}.topics AS t ON t.period_id = p.period_id AND NOT t.removed
WHERE p.period_id = %(period_id)s
ORDER BY t.topic_id
