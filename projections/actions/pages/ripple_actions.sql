-- The live actions of a deleted ripple: the others have no time, and nothing left to take back.
SELECT wave_id, action_id, at::text
FROM {generation}.actions
WHERE wave_id = %(wave_id)s
  AND ripple_id = %(ripple_id)s
  AND at >= coalesce((%(cursor)s::jsonb ->> 2)::timestamptz, '-infinity')
  AND (at, action_id) > (
      coalesce((%(cursor)s::jsonb ->> 2)::timestamptz, '-infinity'),
      coalesce(%(cursor)s::jsonb ->> 1, '')
  )
ORDER BY actions.at, action_id
LIMIT %(limit)s
