-- The users who have a share in a wave, a page at a time.
SELECT u.user_id
FROM {generation}.user_waves AS u
WHERE u.wave_id = %(wave_id)s AND u.user_id > %(after_user_id)s
ORDER BY u.user_id
LIMIT %(limit)s
