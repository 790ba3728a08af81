-- The topics of the periods that changed since their metrics were calculated, with what ballots add up to; those of
-- which nothing was ever calculated first, then the ones that have waited longest: as many periods as have so many
-- topics together, and the first one in any case. A period without topics has one row.
SELECT p.period_id, p.changes, p.topics, t.topic_id, t.students, t.sum_of_positions, t.sum_of_squares
FROM (
    SELECT
        s.period_id,
        s.changes,
        s.topics,
        s.calculated_at,
        sum(s.topics) OVER (ORDER BY s.calculated_at NULLS FIRST, s.period_id) - s.topics AS topics_before
    FROM {generation}.periods AS s
    WHERE s.changes > s.calculated_changes
      -- What was decided of it is folded.
      AND NOT EXISTS (
            SELECT FROM groundswell.outbox AS o
            WHERE o.system = 'rankings'
              AND o.decision = 'metrics_calculated'
              AND o.nominal_time > greatest(%(nominal_time)s::timestamptz - %(folded_within)s, s.calculated_at)
              AND o.record_key = convert_to(s.period_id, 'UTF8')
        )
    ORDER BY s.calculated_at NULLS FIRST, s.period_id
    LIMIT %(periods_max)s
) AS p
LEFT JOIN LATERAL (
    SELECT
        o.topic_id,
        coalesce(c.students, 0) AS students,
        coalesce(c.sum_of_positions, 0) AS sum_of_positions,
        coalesce(c.sum_of_squares, 0) AS sum_of_squares
    FROM {generation}.topics AS o
    LEFT JOIN {generation}.topic_counts AS c ON c.period_id = o.period_id AND c.topic_id = o.topic_id
    WHERE o.period_id = p.period_id AND NOT o.removed
) AS t ON true
WHERE p.topics_before = 0 OR p.topics_before + p.topics <= %(topics_max)s
ORDER BY p.calculated_at NULLS FIRST, p.period_id, t.topic_id
