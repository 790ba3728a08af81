-- What students rank, and how they came to it. A ballot is one row of all its topics: ask for a period or a student.
-- What is removed is looked for row by row: with a join a planner might begin with all topics.

CREATE OR REPLACE VIEW rankings.rankings AS
SELECT
    b.period_id,
    b.student_id,
    e.topic_id,
    e.position,
    e.previous_position,
    e.session,
    e.updated_at
FROM {generation}.ballots b
CROSS JOIN LATERAL jsonb_to_recordset(b.entries) AS e (
    topic_id text COLLATE "C",
    position bigint,
    previous_position bigint,
    session text COLLATE "C",
    updated_at timestamptz
)
WHERE e.position IS NOT NULL
  AND (SELECT NOT t.removed FROM {generation}.topics t WHERE t.period_id = b.period_id AND t.topic_id = e.topic_id);

-- A change is undone when its session was taken back after it.
CREATE OR REPLACE VIEW rankings.changes AS
SELECT
    c.period_id,
    c.student_id,
    c.number,
    c.topic_id,
    c.old_position,
    c.new_position,
    c.session,
    c.at,
    c.event_id,
    c.previous_mismatch,
    EXISTS (
        SELECT FROM {generation}.undos u
        WHERE u.period_id = c.period_id
          AND u.student_id = c.student_id
          AND u.session = c.session
          AND u.first_number <= c.number
          AND u.last_number >= c.number
    ) AS undone
FROM {generation}.changes c
WHERE (SELECT NOT t.removed FROM {generation}.topics t WHERE t.period_id = c.period_id AND t.topic_id = c.topic_id);
