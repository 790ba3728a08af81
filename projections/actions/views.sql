-- The stable views of system 1 over one generation. Impact and quantities are stored in millionths, and
-- multiplied here by an exact decimal. What is deleted is hidden by these joins from the moment of its event;
-- its rows are purged later.

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

-- Tombstones of actions have no time, so that the newest time is that of a live one.
CREATE OR REPLACE VIEW actions.ripple_counters AS
SELECT
    r.ripple_id,
    r.wave_id,
    r.title,
    r.actions AS actions_total,
    trim_scale(r.impact_micros * 0.000001) AS impact,
    r.participants,
    r.boost_points,
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

-- What a user still holds in ripples that are deleted and not purged yet is subtracted: at nearly all times
-- there is no such ripple, and one look into the index on `purging` says so.
CREATE OR REPLACE VIEW actions.user_waves AS
SELECT
    u.user_id,
    u.wave_id,
    u.actions - gone.actions AS actions,
    trim_scale((u.impact_micros - gone.impact_micros) * 0.000001) AS impact,
    u.ripples_joined - gone.ripples_joined AS ripples_joined,
    (
        SELECT a.at
        FROM {generation}.actions a
        JOIN {generation}.ripples r ON r.wave_id = a.wave_id AND r.ripple_id = a.ripple_id
        WHERE a.user_id = u.user_id AND a.wave_id = u.wave_id AND NOT r.deleted
        ORDER BY a.at
        LIMIT 1
    ) AS first_action_at,
    (
        SELECT a.at
        FROM {generation}.actions a
        JOIN {generation}.ripples r ON r.wave_id = a.wave_id AND r.ripple_id = a.ripple_id
        WHERE a.user_id = u.user_id AND a.wave_id = u.wave_id AND NOT r.deleted
        ORDER BY a.at DESC
        LIMIT 1
    ) AS last_action_at
FROM {generation}.user_waves u
JOIN {generation}.waves w ON w.wave_id = u.wave_id
CROSS JOIN LATERAL (
    SELECT
        coalesce(sum(held.actions), 0)::bigint AS actions,
        coalesce(sum(held.impact_micros), 0)::bigint AS impact_micros,
        coalesce(sum(held.ripples_joined), 0)::bigint AS ripples_joined
    FROM {generation}.ripples r
    CROSS JOIN LATERAL (
        SELECT count(*) AS actions, sum(a.weight_micros) AS impact_micros, 0 AS ripples_joined
        FROM {generation}.actions a
        WHERE a.wave_id = r.wave_id AND a.ripple_id = r.ripple_id AND a.user_id = u.user_id
        UNION ALL
        SELECT 0, 0, count(*)
        FROM {generation}.memberships m
        WHERE m.wave_id = r.wave_id AND m.ripple_id = r.ripple_id AND m.user_id = u.user_id AND m.joined
    ) held
    WHERE r.purging AND r.wave_id = u.wave_id
) gone
WHERE NOT w.deleted
  AND (u.actions > gone.actions OR u.ripples_joined > gone.ripples_joined);

-- Filtered by user_id it reads that user's waves and units through their primary keys, and nothing else.
CREATE OR REPLACE VIEW actions.user_impact_summaries AS
SELECT
    by_category.user_id,
    sum(by_category.actions)::bigint AS actions,
    trim_scale(sum(by_category.impact)) AS impact,
    sum(by_category.ripples_joined)::bigint AS ripples_joined,
    sum(by_category.waves)::bigint AS waves,
    min(by_category.first_action_at) AS first_action_at,
    max(by_category.last_action_at) AS last_action_at,
    coalesce(
        jsonb_object_agg(by_category.category, trim_scale(by_category.impact))
            FILTER (WHERE by_category.actions > 0),
        '{{}}'
    ) AS by_category,
    coalesce(
        (
            SELECT jsonb_object_agg(achieved.unit, trim_scale(achieved.quantity_micros * 0.000001))
            FROM (
                SELECT
                    n.unit,
                    sum(n.actions - gone.actions) AS actions,
                    sum(n.quantity_micros - gone.quantity_micros) AS quantity_micros
                FROM {generation}.user_units n
                JOIN {generation}.waves w ON w.wave_id = n.wave_id
                CROSS JOIN LATERAL (
                    SELECT count(*) AS actions, coalesce(sum(a.quantity_micros), 0) AS quantity_micros
                    FROM {generation}.ripples r
                    JOIN {generation}.actions a ON a.wave_id = r.wave_id AND a.ripple_id = r.ripple_id
                    WHERE r.purging
                      AND r.wave_id = n.wave_id
                      AND a.user_id = n.user_id
                      AND a.unit = n.unit
                      AND a.quantity_micros IS NOT NULL
                ) gone
                WHERE n.user_id = by_category.user_id AND NOT w.deleted
                GROUP BY n.unit
            ) achieved
            WHERE achieved.actions > 0
        ),
        '{{}}'
    ) AS achievements
FROM (
    SELECT
        u.user_id,
        coalesce(w.category, 'none') AS category,
        sum(u.actions) AS actions,
        sum(u.impact) AS impact,
        sum(u.ripples_joined) AS ripples_joined,
        count(*) AS waves,
        min(u.first_action_at) AS first_action_at,
        max(u.last_action_at) AS last_action_at
    FROM actions.user_waves u
    JOIN {generation}.waves w ON w.wave_id = u.wave_id
    GROUP BY u.user_id, coalesce(w.category, 'none')
) by_category
GROUP BY by_category.user_id;

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
