-- The trending score, the same for every system whose rows keep it (streams/heat.py).

-- Orders rows at any moment: score(t) = 2^(heat - t / half-life), t in hours since 2020. A sum that rounds to a score of
-- 0.000000 has none: its logarithm would tell nothing but how it was rounded.
CREATE FUNCTION groundswell.heat(heat_sum double precision, heat_hour bigint, half_life_hours double precision)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE WHEN heat_sum >= 0.0000005 THEN
        ln(heat_sum) / ln(2::double precision)
        + (heat_hour - extract(epoch FROM timestamptz '2020-01-01 00:00:00+00')::bigint / 3600) / half_life_hours
    END
$$;

-- The score of this minute from what it was at the beginning of an hour. 2^-500 is as good as nothing, and no underflow.
CREATE FUNCTION groundswell.score_now(heat_sum double precision, heat_hour bigint, half_life_hours double precision)
RETURNS double precision
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT heat_sum * power(
        2::double precision,
        greatest(
            (heat_hour - floor(extract(epoch FROM statement_timestamp()) / 60)::double precision / 60)
                / half_life_hours,
            -500
        )
    )
$$;

-- Whose rights people read with (SET ROLE); see the views' own grants. They belong to the server, not to this database,
-- so another database may have made them, at this very moment too; and who may not make roles reads without them.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['groundswell_user', 'groundswell_operator'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        END IF;
    END LOOP;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
    WHEN insufficient_privilege THEN
        RAISE NOTICE 'roles groundswell_user and groundswell_operator are not there: an administrator has to make them';
END $$;

-- What was decided of a subject lately: looked at several times a second.
CREATE INDEX outbox_of_subject ON groundswell.outbox (system, decision, record_key, nominal_time);
