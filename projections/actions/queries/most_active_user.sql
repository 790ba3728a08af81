-- The user with the most actions over all waves. Reads every user's rows: for a look around, not for a dashboard.
SELECT user_id
FROM actions.user_waves
GROUP BY user_id
ORDER BY sum(actions) DESC, user_id
LIMIT 1
