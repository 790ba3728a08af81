-- What was done when, what it weighed, and what follows from that.

-- Each partition keeps its own copy of what was set; while copies are on their way the newest one shows.
CREATE OR REPLACE VIEW actions.bucket_weights AS
SELECT DISTINCT ON (known.bucket, known.effective_from)
    known.bucket,
    known.effective_from,
    known.multiplier,
    known.set_by,
    known.set_at
FROM (
    SELECT
        b.bucket,
        to_timestamp(step.hour * 3600) AS effective_from,
        trim_scale(step.multiplier_micros * 0.000001) AS multiplier,
        step.set_by,
        step.at AS set_at,
        step.id
    FROM {generation}.bucket_weights b
    CROSS JOIN LATERAL jsonb_to_recordset(b.steps)
        AS step (hour bigint, multiplier_micros bigint, at timestamptz, id text, set_by text)
    UNION ALL
    VALUES
        ('conversation', timestamptz '2000-01-01 00:00:00+00', 0.8, NULL, NULL::timestamptz, NULL),
        ('planning', timestamptz '2000-01-01 00:00:00+00', 2.5, NULL, NULL::timestamptz, NULL)
) known
ORDER BY known.bucket, known.effective_from, known.set_at DESC NULLS LAST, known.id COLLATE "C" DESC;

CREATE OR REPLACE VIEW actions.activity AS
SELECT
    h.wave_id,
    h.ripple_id,
    h.bucket,
    to_timestamp(h.hour * 3600) AS hour,
    h.actions,
    trim_scale(h.impact_micros * 0.000001) AS impact
FROM {generation}.activity_hours h
JOIN {generation}.waves w ON w.wave_id = h.wave_id
JOIN {generation}.ripples r ON r.wave_id = h.wave_id AND r.ripple_id = h.ripple_id
WHERE h.actions > 0
  AND NOT w.deleted
  AND NOT r.deleted;

-- Minutes are kept for 26 hours before the newest record that is folded; older ones may be there or not, so they
-- are not shown.
CREATE OR REPLACE VIEW actions.activity_minutes AS
SELECT
    m.wave_id,
    m.ripple_id,
    m.bucket,
    to_timestamp(m.minute * 60) AS minute,
    m.actions,
    trim_scale(m.impact_micros * 0.000001) AS impact
FROM {generation}.activity_minutes m
JOIN {generation}.waves w ON w.wave_id = m.wave_id
JOIN {generation}.ripples r ON r.wave_id = m.wave_id AND r.ripple_id = m.ripple_id
WHERE m.actions > 0
  AND m.minute >= coalesce((SELECT oldest_minute FROM actions.clock), 0)
  AND NOT w.deleted
  AND NOT r.deleted;

-- As of the current whole hour, which itself does not count. What is longer than 90 days is all that the ripple
-- counts without the cells of that hour and later ones, so that no more than 90 days of cells are ever read.
CREATE OR REPLACE VIEW actions.impact_calculations AS
SELECT
    r.wave_id,
    r.ripple_id,
    span.timeframe,
    (CASE WHEN span.hours = 0 THEN r.actions - cells.actions ELSE cells.actions END)::bigint AS actions,
    trim_scale(
        CASE WHEN span.hours = 0 THEN r.impact_micros - cells.impact_micros ELSE cells.impact_micros END * 0.000001
    ) AS impact,
    to_timestamp((SELECT hour FROM actions.clock) * 3600) AS calculated_at
FROM {generation}.ripples r
JOIN {generation}.waves w ON w.wave_id = r.wave_id
CROSS JOIN (VALUES ('24h', 24), ('7d', 168), ('30d', 720), ('90d', 2160), ('all', 0)) span (timeframe, hours)
CROSS JOIN LATERAL (
    SELECT coalesce(sum(h.actions), 0) AS actions, coalesce(sum(h.impact_micros), 0) AS impact_micros
    FROM {generation}.activity_hours h
    WHERE h.wave_id = r.wave_id
      AND h.ripple_id = r.ripple_id
      AND h.hour >= (SELECT hour FROM actions.clock) - span.hours
      AND (span.hours = 0 OR h.hour < (SELECT hour FROM actions.clock))
) cells
WHERE NOT w.deleted
  AND NOT r.deleted
  AND (r.announced OR r.actions > 0 OR r.joined > 0 OR r.boost_points > 0);

-- As last calculated. A ripple without a row did nothing in the 30 days before: its impact is 0, and its wave's median
-- stands in the row of any other ripple of the wave.
CREATE OR REPLACE VIEW actions.impact_indexes AS
SELECT
    r.wave_id,
    r.ripple_id,
    coalesce(own.impact_30d, 0) AS impact_30d,
    coalesce(own.wave_median_30d, any_other.wave_median_30d, 0) AS wave_median_30d,
    coalesce(own.index, CASE WHEN any_other.wave_median_30d > 0 THEN 0.50 ELSE 1.00 END) AS index
FROM {generation}.ripples r
JOIN {generation}.waves w ON w.wave_id = r.wave_id
LEFT JOIN {generation}.impact_indexes own ON own.wave_id = r.wave_id AND own.ripple_id = r.ripple_id
LEFT JOIN LATERAL (
    SELECT i.wave_median_30d
    FROM {generation}.impact_indexes i
    WHERE i.wave_id = r.wave_id AND own.ripple_id IS NULL
    LIMIT 1
) any_other ON true
WHERE NOT w.deleted
  AND NOT r.deleted
  AND (r.announced OR r.actions > 0 OR r.joined > 0 OR r.boost_points > 0);
