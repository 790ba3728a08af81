-- One user's summary over all waves.
SELECT
    user_id, actions, impact, ripples_joined, waves, first_action_at, last_action_at, by_category, achievements
FROM actions.user_impact_summaries
WHERE user_id = %(user_id)s
