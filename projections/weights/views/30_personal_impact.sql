-- A user's own impact in each wave, by what the wave's category weighs to this user. The waves are those of system 1:
-- its views are looked for when the question is asked, so that this system stands without it.

CREATE OR REPLACE FUNCTION weights.personal_impact_of(of_user text, community numeric, environment numeric, workers numeric)
RETURNS TABLE (wave_id text, category text, impact numeric, weight numeric, personal_impact numeric)
LANGUAGE plpgsql STABLE ROWS 20
AS $$
BEGIN
    IF to_regclass('actions.user_waves') IS NULL OR to_regclass('actions.waves') IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
    SELECT u.wave_id, w.category, u.impact, found.weight, trim_scale(u.impact * found.weight)
    FROM actions.user_waves u
    LEFT JOIN actions.waves w ON w.wave_id = u.wave_id
    CROSS JOIN LATERAL (
        SELECT CASE w.category
            WHEN 'community' THEN personal_impact_of.community
            WHEN 'environment' THEN personal_impact_of.environment
            WHEN 'workers' THEN personal_impact_of.workers
            ELSE 0
        END AS weight
    ) found
    WHERE u.user_id = of_user;
END
$$;

CREATE OR REPLACE VIEW weights.personal_impact AS
SELECT u.user_id, p.wave_id, p.category, p.impact, p.weight, p.personal_impact
FROM {generation}.users u
CROSS JOIN LATERAL weights.personal_impact_of(u.user_id, u.community * 0.01, u.environment * 0.01, u.workers * 0.01) p
WHERE NOT u.deleted;
