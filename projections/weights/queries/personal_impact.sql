-- A user's weights, or those that everybody begins with, and the waves by what they count to the user: one row without
-- a wave where there is none.
SELECT
    known.user_id,
    known.community,
    known.environment,
    known.workers,
    known.version,
    known.set_at,
    known.is_default,
    p.wave_id,
    p.category,
    p.impact,
    p.weight,
    p.personal_impact,
    count(p.wave_id) OVER () AS waves,
    trim_scale(coalesce(sum(p.personal_impact) OVER (), 0)) AS total
FROM (
    SELECT user_id, community, environment, workers, version, set_at, false AS is_default
    FROM weights.current
    WHERE user_id = %(user_id)s
    UNION ALL
    SELECT
        %(user_id)s,
        %(community)s::numeric,
        %(environment)s::numeric,
        %(workers)s::numeric,
        0,
        NULL,
        true
    WHERE NOT EXISTS (SELECT FROM weights.current WHERE user_id = %(user_id)s)
) known
LEFT JOIN LATERAL weights.personal_impact_of(
    known.user_id, known.community, known.environment, known.workers
) p ON true
ORDER BY p.personal_impact DESC, p.wave_id
LIMIT %(limit)s
