-- The ripples with an id: one of each wave that has it.
SELECT
    wave_id, ripple_id, title, actions_1h, actions_24h, actions_total, impact, participants, boost_points,
    trending_score, last_action_at, version
FROM actions.ripple_counters
WHERE ripple_id = %(ripple_id)s
ORDER BY wave_id
LIMIT %(limit)s
