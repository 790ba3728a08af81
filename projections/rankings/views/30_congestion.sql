-- How contested topics are: counts that are live, and what was calculated of them last.

-- Average and deviation are rounded half up to six places; a topic that nobody ranks has none. Sums that
-- have drifted may make a square below 0: then the deviation is 0 until a reconciliation puts them right.
CREATE OR REPLACE VIEW rankings.topic_metrics AS
SELECT
    t.period_id,
    t.topic_id,
    coalesce(c.students, 0) AS students,
    coalesce(c.sum_of_positions, 0) AS sum_of_positions,
    trim_scale(round(c.sum_of_positions::numeric / nullif(c.students, 0), 6)) AS average,
    trim_scale(round(
        sqrt(greatest(
            c.students::numeric * c.sum_of_squares - c.sum_of_positions::numeric * c.sum_of_positions, 0
        )) / nullif(c.students, 0),
        6
    )) AS standard_deviation,
    -- No join with the places: whatever a plan takes for it, a topic of 200 places must not cost 40,000 looks.
    ARRAY(
        SELECT max(placed.students)::int
        FROM (
            SELECT p.position, p.students
            FROM {generation}.topic_positions p
            WHERE p.period_id = t.period_id AND p.topic_id = t.topic_id AND p.students > 0
            UNION ALL
            SELECT place, 0
            FROM generate_series(1, greatest(
                s.topics,
                (
                    SELECT max(q.position)
                    FROM {generation}.topic_positions q
                    WHERE q.period_id = t.period_id AND q.topic_id = t.topic_id AND q.students > 0
                )
            )) AS place
        ) AS placed
        GROUP BY placed.position
        ORDER BY placed.position
    ) AS distribution,
    trim_scale(t.percentile_micros * 0.000001) AS percentile,
    t.category,
    t.calculated_at,
    s.changes <> s.calculated_changes AS is_stale
FROM {generation}.topics t
JOIN {generation}.periods s ON s.period_id = t.period_id
LEFT JOIN {generation}.topic_counts c ON c.period_id = t.period_id AND c.topic_id = t.topic_id
WHERE NOT t.removed;

-- The mean of the averages that were calculated in an hour.
CREATE OR REPLACE VIEW rankings.topic_trends AS
SELECT
    t.period_id,
    t.topic_id,
    to_timestamp(t.hour * 3600) AS hour,
    trim_scale(round(t.average_micros * 0.000001 / nullif(t.averages, 0), 6)) AS average,
    t.students,
    t.calculations
FROM {generation}.topic_trends t
WHERE (
        SELECT NOT o.removed FROM {generation}.topics o WHERE o.period_id = t.period_id AND o.topic_id = t.topic_id
    );
