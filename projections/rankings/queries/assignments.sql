-- A page of what students got in a run, or in the newest one, by their ids, behind a student.
SELECT given.run, given.student_id, given.topic_id, topic.title, given.position
FROM (
    SELECT run
    FROM rankings.assignment_runs
    WHERE period_id = %(period_id)s
      AND (%(run)s::text IS NULL OR run = %(run)s)
    ORDER BY at DESC, run DESC
    LIMIT 1
) AS chosen
JOIN rankings.assignments AS given
  ON given.period_id = %(period_id)s
 AND given.run = chosen.run
LEFT JOIN rankings.topics AS topic
  ON topic.period_id = given.period_id
 AND topic.topic_id = given.topic_id
WHERE given.student_id > coalesce(%(after_student_id)s, '')
ORDER BY given.student_id
LIMIT %(limit)s
