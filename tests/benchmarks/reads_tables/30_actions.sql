-- One action of every fifth cell: enough for lists of actions and for the newest one of a ripple. More would only
-- take longer to fill.
SELECT setseed(0.3);
INSERT INTO {generation}.actions
    (wave_id, action_id, ripple_id, user_id, bucket, quantity_micros, unit, note, at, weight_micros)
SELECT
    drawn.wave_id,
    'action-' || drawn.number,
    drawn.ripple_id,
    drawn.user_id,
    drawn.bucket,
    drawn.number % 20 * 1000000,
    (ARRAY['kg of litter removed', 'local businesses supported', 'trees planted'])[1 + drawn.number % 3],
    'note of action ' || drawn.number,
    least(to_timestamp(drawn.hour * 3600 + drawn.number * 7919 % 3600), now()),
    drawn.weight_micros
FROM (
    SELECT
        h.wave_id,
        h.ripple_id,
        h.bucket,
        h.hour,
        h.impact_micros / h.actions AS weight_micros,
        row_number() OVER () AS number,
        'user-' || lpad(floor({users} * power(random(), 1.5))::int::text, 7, '0') AS user_id
    FROM {generation}.activity_hours h
) drawn
WHERE drawn.number % 5 = 0
