-- The counters of ripples and waves from their cells; heat as of the current hour from those of ten days.
INSERT INTO {generation}.ripples
    (wave_id, ripple_id, title, announced, deleted, purging, actions, impact_micros, participants, joined,
     boost_points, version, heat_sum, heat_hour)
SELECT
    r.wave_id,
    r.ripple_id,
    'Title of ' || r.ripple_id,
    true,
    false,
    false,
    h.actions,
    h.impact_micros,
    h.actions / 3 + 10,
    10,
    r.n % 50,
    h.actions + 11,
    coalesce(h.heat_sum, 0),
    (SELECT hour FROM clock)
FROM ripples_to_fill r
JOIN (
    SELECT
        ripple_id,
        sum(actions)::bigint AS actions,
        sum(impact_micros)::bigint AS impact_micros,
        sum(
            impact_micros * 0.000001::float8 / actions * heat_units * 0.000001::float8
            * power(2::float8, (hour - (SELECT hour FROM clock)) / {half_life_hours}::float8)
        ) FILTER (WHERE hour >= (SELECT hour - 240 FROM clock)) AS heat_sum
    FROM {generation}.activity_hours
    GROUP BY ripple_id
) h ON h.ripple_id = r.ripple_id;

INSERT INTO {generation}.waves
    (wave_id, partition, title, category, what_we_count, created_at, announced, deleted, ripples, actions,
     impact_micros)
SELECT
    wave_id,
    abs(hashtext(wave_id)) % 4,
    'Title of ' || wave_id,
    (ARRAY['community', 'environment', 'workers'])[1 + abs(hashtext(wave_id)) % 3],
    'kg of litter removed',
    now() - interval '40 days',
    true,
    false,
    count(*),
    sum(actions),
    sum(impact_micros)
FROM {generation}.ripples
GROUP BY wave_id
