-- Rows of topics as they lie in Redis: what the topic says of itself and its metrics.
SELECT
    t.period_id,
    t.topic_id,
    t.title,
    t.capacity,
    m.students,
    m.sum_of_positions,
    m.average,
    m.standard_deviation,
    array_to_json(m.distribution)::text AS distribution,
    m.percentile,
    m.category,
    to_char(m.calculated_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS calculated_at,
    m.is_stale::text AS is_stale
FROM unnest(%(period_id)s::text[], %(topic_id)s::text[]) AS k (period_id, topic_id)
CROSS JOIN LATERAL (
    SELECT v.*
    FROM rankings.topics AS v
    WHERE v.period_id = k.period_id AND v.topic_id = k.topic_id
    OFFSET 0
) AS t
CROSS JOIN LATERAL (
    SELECT v.*
    FROM rankings.topic_metrics AS v
    WHERE v.period_id = k.period_id AND v.topic_id = k.topic_id
    OFFSET 0
) AS m
