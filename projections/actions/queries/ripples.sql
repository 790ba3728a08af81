-- The ripples with an id: at most one in a wave, and any number where no wave is named.
SELECT
    wave_id, ripple_id, title, actions_total, impact, participants, boost_points, last_action_at, version
FROM actions.ripple_counters
WHERE ripple_id = %(ripple_id)s
  AND (%(wave_id)s::text IS NULL OR wave_id = %(wave_id)s)
ORDER BY wave_id
LIMIT %(limit)s
