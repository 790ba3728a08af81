-- Sign, exponent and 20 bits of mantissa of a number. Bytes can be cast to integers from Postgres 18 on, which takes a
-- third of the time.
DO $$
BEGIN
    IF current_setting('server_version_num')::integer >= 180000 THEN
        CREATE FUNCTION groundswell.first_bits(number double precision) RETURNS integer
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN (float8send(number)::bigint >> 32)::integer;
    ELSE
        CREATE FUNCTION groundswell.first_bits(number double precision) RETURNS integer
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        RETURN ('x' || encode(float8send(number), 'hex'))::bit(32)::integer;
    END IF;
END $$;

-- The function of 0004, in a form that Postgres puts in the place of its calls; and the same with bits_min = bits_max.
-- Neither is STRICT, as a function that is cannot be replaced where GREATEST is in it; both answer NULL to NULL.
CREATE OR REPLACE FUNCTION groundswell.magnitude(
    number double precision, bits_min integer, bits_max integer, pivot integer
) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN groundswell.first_bits(number)
    & (-1 << (20 - greatest(bits_min, least(bits_max, pivot + 1023 - (groundswell.first_bits(number) >> 20)))));

CREATE FUNCTION groundswell.magnitude(number double precision, bits integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN groundswell.first_bits(number) & (-1 << (20 - bits));

-- Random ids do not become shorter for being compressed.
ALTER TABLE groundswell.applied_ids
    ALTER COLUMN ids SET STORAGE EXTERNAL,
    ALTER COLUMN offsets SET STORAGE EXTERNAL;
