-- The topics of a period, all or of one category, in one of five orders. All of them are read and sorted: their
-- counts move all the time, and a period has hundreds. Without the distributions, which cost most.
SELECT
    topic.period_id,
    topic.topic_id,
    topic.title,
    topic.capacity,
    metrics.students,
    metrics.sum_of_positions,
    metrics.average,
    metrics.standard_deviation,
    metrics.percentile,
    metrics.category,
    metrics.calculated_at,
    metrics.is_stale
FROM rankings.topics AS topic
JOIN rankings.topic_metrics AS metrics
  ON metrics.period_id = topic.period_id
 AND metrics.topic_id = topic.topic_id
WHERE topic.period_id = %(period_id)s
  AND (%(category)s::text IS NULL OR metrics.category = %(category)s)
ORDER BY
    CASE %(sort)s::text
        WHEN 'average' THEN metrics.average
        WHEN 'students' THEN -metrics.students
        WHEN 'percentile' THEN -metrics.percentile
    END,
    CASE WHEN %(sort)s = 'title' THEN topic.title END,
    topic.topic_id
LIMIT %(limit)s
OFFSET %(offset)s
