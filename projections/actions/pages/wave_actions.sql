-- All rows of a deleted wave's actions, also those of which only the id is kept.
SELECT wave_id, action_id
FROM {generation}.actions
WHERE wave_id = %(wave_id)s
  AND action_id > coalesce(%(cursor)s::jsonb ->> 1, '')
ORDER BY action_id
LIMIT %(limit)s
