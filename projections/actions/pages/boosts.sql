-- The cells of boosts in a deleted ripple, or in all ripples of a deleted wave: what they hold is taken back.
SELECT wave_id, ripple_id, hour, kind, amount, heat_units
FROM {generation}.interest_hours
WHERE wave_id = %(wave_id)s
  AND (%(ripple_id)s::text IS NULL OR ripple_id = %(ripple_id)s)
  AND kind = 'boost'
  AND (ripple_id, hour) > (coalesce(%(cursor)s::jsonb ->> 1, ''), coalesce((%(cursor)s::jsonb ->> 2)::bigint, -1))
ORDER BY ripple_id, hour
LIMIT %(limit)s
