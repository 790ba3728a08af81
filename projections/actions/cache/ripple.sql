-- Rows of ripples as they lie in Redis: those of the view, with the wave's title, and with what the score follows
-- from at any time instead of the score, which changes by the minute.
SELECT
    c.wave_id,
    c.ripple_id,
    c.title,
    w.title AS wave_title,
    c.actions_1h,
    c.actions_24h,
    c.actions_total,
    c.impact,
    c.participants,
    c.boost_points,
    t.heat,
    r.heat_hour,
    to_char(c.last_action_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS last_action_at,
    c.version
FROM unnest(%(wave_id)s::text[], %(ripple_id)s::text[]) AS k (wave_id, ripple_id)
CROSS JOIN LATERAL (
    SELECT
        v.wave_id, v.ripple_id, v.title, v.actions_1h, v.actions_24h, v.actions_total, v.impact,
        v.participants, v.boost_points, v.last_action_at, v.version
    FROM actions.ripple_counters AS v
    WHERE v.wave_id = k.wave_id AND v.ripple_id = k.ripple_id
    OFFSET 0
) AS c
JOIN {generation}.ripples AS r ON r.wave_id = k.wave_id AND r.ripple_id = k.ripple_id
JOIN {generation}.waves AS w ON w.wave_id = k.wave_id
LEFT JOIN {generation}.ripple_trends AS t ON t.wave_id = k.wave_id AND t.ripple_id = k.ripple_id
