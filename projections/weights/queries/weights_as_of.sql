-- The newest version that was in force at that time.
SELECT user_id, community, environment, workers, version, effective_from AS set_at
FROM weights.history
WHERE user_id = %(user_id)s
  AND effective_from <= %(as_of)s
ORDER BY version DESC
LIMIT 1
