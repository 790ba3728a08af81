-- All versions of a deleted user.
SELECT user_id, version
FROM {generation}.history
WHERE user_id = %(user_id)s
  AND version > coalesce((%(cursor)s::jsonb ->> 1)::bigint, 0)
ORDER BY version
LIMIT %(limit)s
