-- One ripple by its wave and its id.
SELECT
    wave_id, ripple_id, title, actions_1h, actions_24h, actions_total, impact, participants, boost_points,
    trending_score, last_action_at, version
FROM actions.ripple_counters
WHERE wave_id = %(wave_id)s
  AND ripple_id = %(ripple_id)s
