-- A close of each hour, with the ripples in another order each time.
INSERT INTO {generation}.closed_hours (hour, parts, folded, complete)
SELECT (SELECT hour FROM clock) - ago, 1, '[1]', true
FROM generate_series(1, {hours}) AS ago;

INSERT INTO {generation}.trending_scores
    (wave_id, ripple_id, hour, rank, score_micros, actions_1h, actions_24h, participants, previous_rank, peak_rank)
SELECT
    r.wave_id,
    r.ripple_id,
    c.hour,
    place.rank,
    (10000000000 / place.rank)::bigint,
    1000 / place.rank,
    20000 / place.rank,
    50,
    CASE WHEN place.rank % 10 > 0 THEN greatest(1, place.rank + (c.hour + place.rank * 8) % 21 - 10) END,
    greatest(1, place.rank - 5)
FROM {generation}.closed_hours c
CROSS JOIN generate_series(1, {closed_ripples}) AS place (rank)
JOIN ripples_to_fill r ON r.n = 1 + (place.rank * 97 + c.hour * 13) % {ripples};

INSERT INTO {generation}.peak_ranks (wave_id, ripple_id, rank)
SELECT wave_id, ripple_id, min(peak_rank)
FROM {generation}.trending_scores
GROUP BY wave_id, ripple_id
