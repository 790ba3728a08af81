-- The magnitude of a number from 0 on: the first bits of it as a float64. It orders like the number and seldom changes:
-- lists walk indexes over it (projections/magnitude.py says why, and how many bits of mantissa are kept).
CREATE FUNCTION groundswell.magnitude(number double precision, bits_min integer, bits_max integer, pivot integer)
RETURNS integer
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    bytes bytea := float8send(number);
    bits integer := (get_byte(bytes, 0) << 24) | (get_byte(bytes, 1) << 16) | (get_byte(bytes, 2) << 8)
                  | get_byte(bytes, 3);
    gone integer := 20 - greatest(bits_min, least(bits_max, pivot + 1023 - (bits >> 20)));
BEGIN
    RETURN (bits >> gone) << gone;
END $$;

-- Any part of a word is found through an index of its trigrams.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Text as it is indexed and searched: each byte beyond ASCII in digits. In a database whose locale is C the index knows
-- no letters but those of ASCII, and would be read as a whole for any other.
CREATE FUNCTION groundswell.searchable(content text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN encode(convert_to(content, 'UTF8'), 'escape');
