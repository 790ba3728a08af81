-- What every table is filled from: each ripple with its wave, and with how many hour cells it gets. Some waves are
-- large (the first has one ripple in 45 of all), most are small; some ripples have ten times the cells of others.
SELECT setseed(0.1);
CREATE TEMPORARY TABLE ripples_to_fill AS
SELECT
    n,
    'wave-' || lpad(floor({waves} * power(random(), 2))::int::text, 6, '0') AS wave_id,
    'ripple-' || lpad(n::text, 7, '0') AS ripple_id,
    greatest(1, least({slots}, round({cells} * power(n, -0.2) / sum(power(n, -0.2)) OVER ())))::int AS cells,
    random() AS shift
FROM generate_series(1, {ripples}) AS n;
CREATE TEMPORARY TABLE clock AS
SELECT
    floor(extract(epoch FROM now()) / 3600)::bigint AS hour,
    floor(extract(epoch FROM now()) / 60)::bigint AS minute;
ANALYZE ripples_to_fill
