-- Impact and quantities are stored in millionths, and multiplied here by an exact decimal. What is deleted is
-- hidden by these joins from the moment of its event; its rows are purged later.

CREATE OR REPLACE VIEW actions.waves AS
SELECT
    wave_id,
    title,
    allowed_buckets,
    category,
    what_we_count,
    ripples,
    actions,
    trim_scale(impact_micros * 0.000001) AS impact,
    created_at
FROM {generation}.waves
WHERE NOT deleted
  AND (announced OR ripples > 0);

-- Tombstones of actions have no time, so that the newest time is that of a live one. Windows are read from where
-- they are stored when those are as of this minute, else computed.
CREATE OR REPLACE VIEW actions.ripple_counters AS
SELECT
    r.ripple_id,
    r.wave_id,
    r.title,
    coalesce(
        CASE WHEN (SELECT windows_minute >= minute FROM actions.clock) THEN
            (
                SELECT t.actions_1h
                FROM {generation}.ripple_trends t
                WHERE t.wave_id = r.wave_id AND t.ripple_id = r.ripple_id
            )
        ELSE
            (SELECT t.actions_1h FROM {generation}.ripple_trends_now(r.wave_id, r.ripple_id) t)
        END,
        0
    ) AS actions_1h,
    coalesce(
        CASE WHEN (SELECT windows_minute >= minute FROM actions.clock) THEN
            (
                SELECT t.actions_24h
                FROM {generation}.ripple_trends t
                WHERE t.wave_id = r.wave_id AND t.ripple_id = r.ripple_id
            )
        ELSE
            (SELECT t.actions_24h FROM {generation}.ripple_trends_now(r.wave_id, r.ripple_id) t)
        END,
        0
    ) AS actions_24h,
    r.actions AS actions_total,
    trim_scale(r.impact_micros * 0.000001) AS impact,
    r.participants,
    r.boost_points,
    CASE WHEN r.heat_sum > 0 AND r.heat_hour >= (SELECT hour - 240 FROM actions.clock) THEN
        trim_scale(round(groundswell.score_now(r.heat_sum, r.heat_hour, {half_life_hours})::numeric, 6))
    ELSE
        0
    END AS trending_score,
    (SELECT max(a.at) FROM {generation}.actions a WHERE a.wave_id = r.wave_id AND a.ripple_id = r.ripple_id)
        AS last_action_at,
    r.version
FROM {generation}.ripples r
JOIN {generation}.waves w ON w.wave_id = r.wave_id
WHERE NOT w.deleted
  AND NOT r.deleted
  AND (r.announced OR r.actions > 0 OR r.joined > 0 OR r.boost_points > 0);

CREATE OR REPLACE VIEW actions.action_log AS
SELECT
    a.action_id,
    a.ripple_id,
    a.wave_id,
    a.user_id,
    a.bucket,
    trim_scale(a.quantity_micros * 0.000001) AS quantity,
    a.unit,
    a.note,
    a.at
FROM {generation}.actions a
JOIN {generation}.waves w ON w.wave_id = a.wave_id
JOIN {generation}.ripples r ON r.wave_id = a.wave_id AND r.ripple_id = a.ripple_id
WHERE a.at IS NOT NULL
  AND NOT w.deleted
  AND NOT r.deleted;
