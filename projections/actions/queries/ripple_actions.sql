-- A page of a ripple's actions, the newest first, behind a place.
SELECT action_id, ripple_id, wave_id, user_id, bucket, quantity, unit, note, at
FROM actions.action_log
WHERE wave_id = %(wave_id)s
  AND ripple_id = %(ripple_id)s
  AND at <= coalesce(%(after_at)s::timestamptz, 'infinity')
  AND (
        %(after_at)s::timestamptz IS NULL
     OR (at, wave_id, action_id) < (%(after_at)s::timestamptz, %(after_wave_id)s::text, %(after_action_id)s::text)
  )
ORDER BY at DESC, wave_id DESC, action_id DESC
LIMIT %(limit)s
