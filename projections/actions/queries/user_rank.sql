-- A user's place in a wave by impact, among all who joined or acted in it; equal impact is an equal place.
SELECT
    own.wave_id,
    own.user_id,
    1 + count(*) FILTER (WHERE other.impact > own.impact) AS rank,
    count(*) AS users,
    own.actions,
    own.impact
FROM actions.user_waves AS own
JOIN actions.user_waves AS other ON other.wave_id = own.wave_id
WHERE own.user_id = %(user_id)s
  AND own.wave_id = %(wave_id)s
  AND other.wave_id = %(wave_id)s
GROUP BY own.wave_id, own.user_id, own.actions, own.impact
