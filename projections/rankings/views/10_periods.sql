-- Periods, their topics and the students. What is removed is hidden here from the moment of its event.

CREATE OR REPLACE VIEW rankings.students AS
SELECT s.student_id, s.email, s.registered_at, s.version
FROM {generation}.students s;

CREATE OR REPLACE VIEW rankings.periods AS
SELECT
    p.period_id,
    p.title,
    p.open,
    p.opened_at,
    p.closed_at,
    p.topics,
    p.changes,
    p.calculated_at,
    p.changes <> p.calculated_changes AS is_stale,
    p.version
FROM {generation}.periods p;

CREATE OR REPLACE VIEW rankings.topics AS
SELECT t.period_id, t.topic_id, t.title, t.capacity, t.created_at, t.version
FROM {generation}.topics t
WHERE NOT t.removed;
