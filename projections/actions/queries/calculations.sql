-- What a ripple did in each timeframe, the shortest first.
SELECT timeframe, actions, impact, calculated_at
FROM actions.impact_calculations
WHERE wave_id = %(wave_id)s
  AND ripple_id = %(ripple_id)s
ORDER BY array_position(ARRAY['24h', '7d', '30d', '90d', 'all'], timeframe)
