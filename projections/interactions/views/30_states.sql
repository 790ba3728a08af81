-- What users do to entries.

-- Read with the reader's own rights: the policies of the table say which rows. Who reads another user's row as the
-- author of the entry is not told whether they amplified it.
CREATE OR REPLACE VIEW interactions.user_states WITH (security_invoker = true) AS
SELECT
    u.user_id,
    u.entry_id,
    u.has_resonated,
    u.resonated_at,
    CASE WHEN told.everything THEN u.has_amplified END AS has_amplified,
    CASE WHEN told.everything THEN u.amplified_at END AS amplified_at
FROM {generation}.user_entries u
JOIN {generation}.entries e ON e.entry_id = u.entry_id
CROSS JOIN LATERAL (
    SELECT
        u.user_id = current_setting('groundswell.user_id', true)
        OR (SELECT NOT row_security_active('{generation}.user_entries'::regclass))
        OR (
            SELECT EXISTS (
                SELECT
                FROM pg_roles r
                WHERE r.rolname = 'groundswell_operator' AND pg_has_role(r.oid, 'USAGE')
            )
        ) AS everything
) told
WHERE NOT e.deleted;

-- Who resonates with what, for questions that go through many: those of entries which were removed just now may be
-- among them, so that a question has to look at the entries too.
CREATE OR REPLACE VIEW interactions.resonances AS
SELECT u.user_id, u.entry_id, u.resonated_at
FROM {generation}.user_entries u
WHERE u.has_resonated;
