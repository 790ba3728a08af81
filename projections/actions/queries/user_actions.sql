-- A page of a user's actions, the newest first, behind a place. Each wave's newest are read by the index, and the
-- newest of these are the page.
SELECT
    found.action_id, found.ripple_id, found.wave_id, found.user_id, found.bucket, found.quantity, found.unit,
    found.note, found.at
FROM actions.user_waves AS part
CROSS JOIN LATERAL (
    SELECT *
    FROM actions.action_log AS action
    WHERE action.user_id = part.user_id
      AND action.wave_id = part.wave_id
      AND action.at <= coalesce(%(after_at)s::timestamptz, 'infinity')
      AND (
            %(after_at)s::timestamptz IS NULL
         OR (action.at, action.wave_id, action.action_id)
            < (%(after_at)s::timestamptz, %(after_wave_id)s::text, %(after_action_id)s::text)
      )
    ORDER BY action.at DESC, action.action_id DESC
    LIMIT %(limit)s
) AS found
WHERE part.user_id = %(user_id)s
ORDER BY found.at DESC, found.wave_id DESC, found.action_id DESC
LIMIT %(limit)s
