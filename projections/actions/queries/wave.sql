-- One wave by its id.
SELECT wave_id, title, allowed_buckets, category, what_we_count, ripples, actions, impact, created_at
FROM actions.waves
WHERE wave_id = %(wave_id)s
