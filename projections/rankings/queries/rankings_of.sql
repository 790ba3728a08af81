-- A page of what a student ranks, in a period or in all, by periods and positions, behind a place.
SELECT
    ranked.student_id,
    ranked.period_id,
    ranked.topic_id,
    topic.title,
    ranked.position,
    ranked.previous_position,
    ranked.session,
    ranked.updated_at
FROM rankings.rankings AS ranked
JOIN rankings.topics AS topic
  ON topic.period_id = ranked.period_id
 AND topic.topic_id = ranked.topic_id
WHERE ranked.student_id = %(student_id)s
  AND (%(period_id)s::text IS NULL OR ranked.period_id = %(period_id)s)
  AND (
        %(after_period_id)s::text IS NULL
     OR (ranked.period_id, ranked.position, ranked.topic_id)
        > (%(after_period_id)s::text, %(after_position)s::bigint, %(after_topic_id)s::text)
  )
ORDER BY ranked.period_id, ranked.position, ranked.topic_id
LIMIT %(limit)s
