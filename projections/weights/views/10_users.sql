-- What users' weights are, and were. Hundredths times an exact 0.01 have two places.

CREATE OR REPLACE VIEW weights.impact_weights AS
SELECT user_id, category, weight
FROM {generation}.impact_weights;

CREATE OR REPLACE VIEW weights.current AS
SELECT
    user_id,
    community * 0.01 AS community,
    environment * 0.01 AS environment,
    workers * 0.01 AS workers,
    version,
    set_at
FROM {generation}.users
WHERE NOT deleted;

-- Versions have the order of the log, and an event may be late: a version stands from its own time until the first
-- that a later one has, and never when a later one was in force before.
CREATE OR REPLACE VIEW weights.history AS
SELECT
    h.user_id,
    h.version,
    h.community * 0.01 AS community,
    h.environment * 0.01 AS environment,
    h.workers * 0.01 AS workers,
    h.effective_from,
    CASE WHEN min(h.effective_from) OVER later IS NOT NULL THEN
        greatest(h.effective_from, min(h.effective_from) OVER later)
    END AS effective_to,
    h.event_id
FROM {generation}.history h
JOIN {generation}.users u ON u.user_id = h.user_id
WHERE NOT u.deleted
WINDOW later AS (PARTITION BY h.user_id ORDER BY h.version DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING);
