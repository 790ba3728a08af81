-- The functions of a generation of system 5, and who may read which of its rows.

-- The root above an entry that has a place, itself where nothing is above it. These two run with their owner's rights,
-- as the views over them do for everybody; and whoever asks, each step up is a lookup by index: where a planner reads
-- all places for each, a thousand entries in one chain take minutes.
CREATE FUNCTION {generation}.root_of(of_entry text)
RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
BEGIN ATOMIC
    WITH RECURSIVE above (entry_id, parent_id) AS (
        SELECT p.entry_id, p.parent_id FROM {generation}.places AS p WHERE p.entry_id = of_entry
        UNION ALL
        SELECT p.entry_id, p.parent_id FROM above JOIN {generation}.places AS p ON p.entry_id = above.parent_id
    )
    SELECT a.entry_id FROM above AS a WHERE a.parent_id IS NULL;
END;

-- How many entries are above an entry that has a place.
CREATE FUNCTION {generation}.depth_of(of_entry text)
RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
BEGIN ATOMIC
    WITH RECURSIVE above (parent_id) AS (
        SELECT p.parent_id FROM {generation}.places AS p WHERE p.entry_id = of_entry
        UNION ALL
        SELECT p.parent_id FROM above JOIN {generation}.places AS p ON p.entry_id = above.parent_id
    )
    SELECT count(a.parent_id) FROM above AS a;
END;

-- What two rows bring to the score together, as of the newer one's hour. 2^-500 is as good as nothing, and no
-- underflow.
CREATE FUNCTION {generation}.heat_together(
    one_sum double precision, one_hour bigint, other_sum double precision, other_hour bigint
)
RETURNS double precision
LANGUAGE sql IMMUTABLE
AS $$
    SELECT
        one_sum * power(
            2::double precision,
            greatest((one_hour - greatest(one_hour, other_hour)) / {half_life_hours}::double precision, -500)
        )
        + other_sum * power(
            2::double precision,
            greatest((other_hour - greatest(one_hour, other_hour)) / {half_life_hours}::double precision, -500)
        )
$$;

-- What trends, the same as of any minute: heat does not age.
CREATE FUNCTION {generation}.entry_trends_at(of_entry text, of_minute bigint)
RETURNS TABLE (heat double precision)
LANGUAGE sql STABLE ROWS 1
AS $$
    SELECT together.heat
    FROM (SELECT of_entry AS entry_id) AS k
    LEFT JOIN {generation}.entries AS e ON e.entry_id = k.entry_id
    LEFT JOIN {generation}.places AS p ON p.entry_id = k.entry_id
    CROSS JOIN LATERAL (
        SELECT groundswell.heat(
            {generation}.heat_together(
                coalesce(e.heat_sum, 0), coalesce(e.heat_hour, 0), coalesce(p.heat_sum, 0), coalesce(p.heat_hour, 0)
            ),
            greatest(e.heat_hour, p.heat_hour),
            {half_life_hours}
        ) AS heat
    ) AS together
    WHERE e.deleted IS NOT TRUE AND together.heat IS NOT NULL
$$;

-- Users read their own states and who resonated with what they wrote, operators all; nobody but the owner writes. Where
-- the roles are not there, nobody else reads.
ALTER TABLE {generation}.user_entries ENABLE ROW LEVEL SECURITY;

DO $$
BEGIN
    IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('groundswell_user', 'groundswell_operator')) = 2 THEN
        GRANT SELECT ON {generation}.user_entries, {generation}.entries TO groundswell_user, groundswell_operator;

        DROP POLICY IF EXISTS users_own ON {generation}.user_entries;
        CREATE POLICY users_own ON {generation}.user_entries FOR SELECT TO groundswell_user
            USING (user_id = current_setting('groundswell.user_id', true));

        DROP POLICY IF EXISTS authors_readers ON {generation}.user_entries;
        CREATE POLICY authors_readers ON {generation}.user_entries FOR SELECT TO groundswell_user
            USING (
                has_resonated
                AND EXISTS (
                    SELECT
                    FROM {generation}.entries AS e
                    WHERE e.entry_id = user_entries.entry_id
                      AND e.author = current_setting('groundswell.user_id', true)
                )
            );

        DROP POLICY IF EXISTS operators_all ON {generation}.user_entries;
        CREATE POLICY operators_all ON {generation}.user_entries FOR SELECT TO groundswell_operator
            USING (true);
    END IF;
END
$$;
