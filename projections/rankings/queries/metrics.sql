-- One topic with how contested it is.
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
    metrics.is_stale,
    metrics.distribution
FROM rankings.topics AS topic
JOIN rankings.topic_metrics AS metrics
  ON metrics.period_id = topic.period_id
 AND metrics.topic_id = topic.topic_id
WHERE topic.period_id = %(period_id)s
  AND topic.topic_id = %(topic_id)s
