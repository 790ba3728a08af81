-- What was decided about periods, once all of it is here; and the reports of reconciliations.

CREATE OR REPLACE VIEW rankings.assignment_runs AS
SELECT r.period_id, r.run, r.algorithm, r.cost, r.at, r.students, r.assigned
FROM {generation}.assignment_runs r
WHERE r.complete;

CREATE OR REPLACE VIEW rankings.assignments AS
SELECT a.period_id, a.run, a.student_id, a.topic_id, a.position
FROM {generation}.assignments a
JOIN {generation}.assignment_runs r ON r.period_id = a.period_id AND r.run = a.run
WHERE r.complete
  AND (
        SELECT t.removed FROM {generation}.topics t WHERE t.period_id = a.period_id AND t.topic_id = a.topic_id
    ) IS NOT TRUE;

CREATE OR REPLACE VIEW rankings.reconciliations AS
SELECT run, at, days, checked, drifted, repaired, details
FROM {generation}.reconciliations
