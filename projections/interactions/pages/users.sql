-- What users did to a deleted entry.
SELECT entry_id, user_id
FROM {generation}.user_entries
WHERE entry_id = %(entry_id)s
  AND user_id > coalesce(%(cursor)s::jsonb ->> 1, '')
ORDER BY user_id
LIMIT %(limit)s
