-- All memberships in a deleted ripple.
SELECT wave_id, ripple_id, user_id
FROM {generation}.memberships
WHERE wave_id = %(wave_id)s
  AND ripple_id = %(ripple_id)s
  AND user_id > coalesce(%(cursor)s::jsonb ->> 2, '')
ORDER BY user_id
LIMIT %(limit)s
