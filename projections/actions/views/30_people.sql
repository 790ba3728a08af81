-- What people did: each user's share in each wave, and over all of them.

-- What users still hold in ripples that are deleted and not purged yet is subtracted: at nearly all times
-- there is no such ripple, and one look into the index on `purging` says so.
CREATE OR REPLACE VIEW actions.user_waves AS
SELECT
    u.user_id,
    u.wave_id,
    u.actions - coalesce(gone.actions, 0) AS actions,
    trim_scale((u.impact_micros - coalesce(gone.impact_micros, 0)) * 0.000001) AS impact,
    u.ripples_joined - coalesce(gone.ripples_joined, 0) AS ripples_joined,
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
LEFT JOIN (
    SELECT
        held.wave_id,
        held.user_id,
        sum(held.actions)::bigint AS actions,
        sum(held.impact_micros)::bigint AS impact_micros,
        sum(held.ripples_joined)::bigint AS ripples_joined
    FROM (
        SELECT a.wave_id, a.user_id, 1 AS actions, a.weight_micros AS impact_micros, 0 AS ripples_joined
        FROM {generation}.ripples r
        JOIN {generation}.actions a ON a.wave_id = r.wave_id AND a.ripple_id = r.ripple_id
        WHERE r.purging AND a.user_id IS NOT NULL
        UNION ALL
        SELECT m.wave_id, m.user_id, 0, 0, 1
        FROM {generation}.ripples r
        JOIN {generation}.memberships m ON m.wave_id = r.wave_id AND m.ripple_id = r.ripple_id
        WHERE r.purging AND m.joined
    ) held
    GROUP BY held.wave_id, held.user_id
) gone ON gone.wave_id = u.wave_id AND gone.user_id = u.user_id
WHERE NOT w.deleted
  AND (u.actions > coalesce(gone.actions, 0) OR u.ripples_joined > coalesce(gone.ripples_joined, 0));

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
