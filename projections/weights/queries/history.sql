-- A user's versions, the newest first, behind one.
SELECT user_id, version, community, environment, workers, effective_from, effective_to, event_id
FROM weights.history
WHERE user_id = %(user_id)s
  AND (%(after_version)s::bigint IS NULL OR version < %(after_version)s)
ORDER BY version DESC
LIMIT %(limit)s
