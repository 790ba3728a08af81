-- Each ripple's cells lie evenly over the slots: three buckets in each hour up to the current one.
INSERT INTO {generation}.activity_hours (wave_id, ripple_id, hour, bucket, actions, impact_micros, heat_units)
SELECT
    cell.wave_id,
    cell.ripple_id,
    (SELECT hour FROM clock) - cell.slot / 3,
    (ARRAY['conversation', 'cleaning', 'planning'])[1 + cell.slot % 3],
    cell.actions,
    cell.actions * (ARRAY[800000, 1000000, 2500000])[1 + cell.slot % 3],
    cell.actions * (1000000 + cell.slot * 7919 % 122000)
FROM (
    SELECT
        r.wave_id,
        r.ripple_id,
        floor((place + r.shift) * {slots} / r.cells)::int AS slot,
        1 + (r.n + place) % 3 AS actions
    FROM ripples_to_fill r
    CROSS JOIN LATERAL generate_series(0, r.cells - 1) AS place
) cell
