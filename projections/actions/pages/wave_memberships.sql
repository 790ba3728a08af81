-- All memberships in the ripples of a deleted wave.
SELECT wave_id, ripple_id, user_id
FROM {generation}.memberships
WHERE wave_id = %(wave_id)s
  AND (ripple_id, user_id) > (coalesce(%(cursor)s::jsonb ->> 1, ''), coalesce(%(cursor)s::jsonb ->> 2, ''))
ORDER BY ripple_id, user_id
LIMIT %(limit)s
