-- What people may read who read with rights of their own (SET ROLE), where their roles are there: what is public, and
-- of users' states what the policies of the table say.
DO $$
BEGIN
    IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('groundswell_user', 'groundswell_operator')) = 2 THEN
        GRANT USAGE ON SCHEMA interactions TO groundswell_user, groundswell_operator;
        GRANT SELECT ON
            interactions.interaction_counts,
            interactions.entries,
            interactions.activity,
            interactions.branches,
            interactions.user_states
        TO groundswell_user, groundswell_operator;
    END IF;
END
$$
