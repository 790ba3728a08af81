-- The hours of a deleted entry, whole: but for branches nothing is added to them any more.
SELECT entry_id, hour, resonances, amplifications, shares, branches
FROM {generation}.activity
WHERE entry_id = %(entry_id)s
  AND hour > coalesce((%(cursor)s::jsonb ->> 1)::bigint, 0)
ORDER BY hour
LIMIT %(limit)s
