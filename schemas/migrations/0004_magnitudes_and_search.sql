-- The magnitude of a number from 0 on: the first 18 bits of it as a float64 (sign, exponent, 6 bits of mantissa). It
-- orders like the number, and seldom changes: lists walk indexes over it (projections/magnitude.py says why).
CREATE FUNCTION groundswell.magnitude(number double precision) RETURNS integer
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (get_byte(float8send(number), 0) << 10) | (get_byte(float8send(number), 1) << 2)
     | (get_byte(float8send(number), 2) >> 6);

-- The same, finer where numbers are small: each whole number below 16,384 has its own, from 1,048,576 on it is as
-- coarse as the other.
CREATE FUNCTION groundswell.fine_magnitude(number double precision) RETURNS integer
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    bytes bytea := float8send(number);
    bits integer := (get_byte(bytes, 0) << 24) | (get_byte(bytes, 1) << 16) | (get_byte(bytes, 2) << 8)
                  | get_byte(bytes, 3);
    -- Of the 20 bits of mantissa as many go as leave 6 to 13 of them; the exponent is (bits >> 20) - 1023.
    gone integer := 20 - greatest(6, least(13, 1049 - (bits >> 20)));
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
