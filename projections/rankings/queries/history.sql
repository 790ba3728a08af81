-- A page of what a student moved in a period, the newest first, behind a change.
SELECT
    change.number,
    change.topic_id,
    topic.title,
    change.old_position,
    change.new_position,
    change.session,
    change.at,
    change.event_id,
    change.previous_mismatch,
    change.undone
FROM rankings.changes AS change
JOIN rankings.topics AS topic
  ON topic.period_id = change.period_id
 AND topic.topic_id = change.topic_id
WHERE change.period_id = %(period_id)s
  AND change.student_id = %(student_id)s
  AND change.number < coalesce(%(after_number)s, 9223372036854775807)
ORDER BY change.number DESC
LIMIT %(limit)s
