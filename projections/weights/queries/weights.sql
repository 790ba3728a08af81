-- A user's weights now.
SELECT user_id, community, environment, workers, version, set_at
FROM weights.current
WHERE user_id = %(user_id)s
