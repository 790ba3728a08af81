-- The minute cells of the last 26 hours, one for each hour cell.
INSERT INTO {generation}.activity_minutes (wave_id, ripple_id, minute, bucket, actions, impact_micros)
SELECT
    h.wave_id,
    h.ripple_id,
    least(h.hour * 60 + h.heat_units * 7919 % 60, (SELECT minute FROM clock)),
    h.bucket,
    h.actions,
    h.impact_micros
FROM {generation}.activity_hours h
WHERE h.hour > (SELECT hour - 26 FROM clock)
