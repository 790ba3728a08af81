-- The users who are in a ripple, by joining or by an action, a page at a time.
SELECT m.user_id
FROM {generation}.memberships AS m
WHERE m.wave_id = %(wave_id)s AND m.ripple_id = %(ripple_id)s AND m.user_id > %(after_user_id)s
ORDER BY m.user_id
LIMIT %(limit)s
