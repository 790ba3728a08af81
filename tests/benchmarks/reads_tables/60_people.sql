-- Ten members of each ripple, and every user's share in waves and units, from the actions that are there.
SELECT setseed(0.6);
INSERT INTO {generation}.memberships (wave_id, ripple_id, user_id, joined, actions, joined_at)
SELECT DISTINCT ON (wave_id, ripple_id, user_id) wave_id, ripple_id, user_id, true, 0, now() - interval '32 days'
FROM (
    SELECT
        r.wave_id,
        r.ripple_id,
        'user-' || lpad(floor({users} * power(random(), 1.5))::int::text, 7, '0') AS user_id
    FROM ripples_to_fill r
    CROSS JOIN generate_series(1, 10)
) member;

INSERT INTO {generation}.user_waves (user_id, wave_id, actions, impact_micros, ripples_joined)
SELECT user_id, wave_id, count(*), sum(weight_micros), 1
FROM {generation}.actions
GROUP BY user_id, wave_id;

INSERT INTO {generation}.user_units (user_id, wave_id, unit, actions, quantity_micros)
SELECT user_id, wave_id, unit, count(*), sum(quantity_micros)
FROM {generation}.actions
GROUP BY user_id, wave_id, unit
