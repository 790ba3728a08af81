-- The topics of a period, a page at a time. The period is the same on every page.
SELECT t.period_id, t.topic_id
FROM {generation}.topics AS t
WHERE t.period_id = %(period_id)s AND t.topic_id > %(after_topic_id)s
ORDER BY t.topic_id
LIMIT %(limit)s
