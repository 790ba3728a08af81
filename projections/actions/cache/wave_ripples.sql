-- The ripples of a wave, a page at a time.
SELECT r.wave_id, r.ripple_id
FROM {generation}.ripples AS r
WHERE r.wave_id = %(wave_id)s AND (r.wave_id, r.ripple_id) > (%(after_wave_id)s, %(after_ripple_id)s)
ORDER BY r.wave_id, r.ripple_id
LIMIT %(limit)s
