-- All ripples of a deleted wave.
SELECT wave_id, ripple_id
FROM {generation}.ripples
WHERE wave_id = %(wave_id)s
  AND ripple_id > coalesce(%(cursor)s::jsonb ->> 1, '')
ORDER BY ripple_id
LIMIT %(limit)s
