-- The stored windows as of now. After the indexes are there: the function reads cells by them.
INSERT INTO {generation}.ripple_trends (wave_id, ripple_id, minute, actions_1h, actions_24h, heat)
SELECT r.wave_id, r.ripple_id, (SELECT minute FROM clock), t.actions_1h, t.actions_24h, t.heat
FROM {generation}.ripples r
CROSS JOIN LATERAL {generation}.ripple_trends_at(r.wave_id, r.ripple_id, (SELECT minute FROM clock)) t
