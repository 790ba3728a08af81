-- The functions of a generation of system 1.

-- What a ripple is doing as of a minute (whole minutes since 1970): a function of its cells, at any time the same.
-- The last hour is read by minutes; of the last 24 the whole hours by hours, and the parts at both ends by minutes.
CREATE FUNCTION {generation}.ripple_trends_at(of_wave text, of_ripple text, of_minute bigint)
RETURNS TABLE (actions_1h bigint, actions_24h bigint, heat double precision)
LANGUAGE sql STABLE ROWS 1
AS $$
    SELECT
        newest.actions,
        newest.actions_this_hour + whole.actions + oldest.actions,
        groundswell.heat(r.heat_sum, r.heat_hour, {half_life_hours})
    -- OFFSET 0: the ripple is sought by its whole key before any cell is read, whatever the statistics say.
    FROM (
        SELECT known.heat_sum, known.heat_hour
        FROM {generation}.ripples AS known
        WHERE known.wave_id = of_wave AND known.ripple_id = of_ripple AND NOT known.deleted
        OFFSET 0
    ) AS r
    CROSS JOIN LATERAL (
        SELECT
            coalesce(sum(m.actions), 0)::bigint AS actions,
            coalesce(sum(m.actions) FILTER (WHERE m.minute >= of_minute / 60 * 60), 0)::bigint AS actions_this_hour
        FROM {generation}.activity_minutes AS m
        WHERE m.wave_id = of_wave AND m.ripple_id = of_ripple AND m.minute BETWEEN of_minute - 59 AND of_minute
    ) AS newest
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(h.actions), 0)::bigint AS actions
        FROM {generation}.activity_hours AS h
        WHERE h.wave_id = of_wave
          AND h.ripple_id = of_ripple
          AND h.hour BETWEEN of_minute / 60 - 23 AND of_minute / 60 - 1
    ) AS whole
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(m.actions), 0)::bigint AS actions
        FROM {generation}.activity_minutes AS m
        WHERE m.wave_id = of_wave
          AND m.ripple_id = of_ripple
          AND m.minute BETWEEN of_minute - 1439 AND (of_minute / 60 - 23) * 60 - 1
    ) AS oldest
$$;

-- The same as of the current minute by this server's clock, for the views.
CREATE FUNCTION {generation}.ripple_trends_now(of_wave text, of_ripple text)
RETURNS TABLE (actions_1h bigint, actions_24h bigint, heat double precision)
LANGUAGE sql STABLE ROWS 1
AS $$
    SELECT t.actions_1h, t.actions_24h, t.heat
    FROM {generation}.ripple_trends_at(
        of_wave, of_ripple, floor(extract(epoch FROM statement_timestamp()) / 60)::bigint
    ) AS t
$$;
