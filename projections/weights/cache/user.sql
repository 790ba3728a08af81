-- Rows of users as they lie in Redis: those of the view.
SELECT
    s.user_id,
    s.community,
    s.environment,
    s.workers,
    s.version,
    to_char(s.set_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS set_at
FROM unnest(%(user_id)s::text[]) AS k (user_id)
CROSS JOIN LATERAL (
    SELECT v.*
    FROM weights.current AS v
    WHERE v.user_id = k.user_id
    OFFSET 0
) AS s
