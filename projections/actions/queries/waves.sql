-- A page of all waves by their ids.
SELECT wave_id, title, allowed_buckets, category, what_we_count, ripples, actions, impact, created_at
FROM actions.waves
WHERE wave_id > coalesce(%(after_wave_id)s, '')
ORDER BY wave_id
LIMIT %(limit)s
