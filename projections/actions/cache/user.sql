-- Rows of users as they lie in Redis: those of the view.
SELECT
    s.user_id,
    s.actions,
    s.impact,
    s.ripples_joined,
    s.waves,
    to_char(s.first_action_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS first_action_at,
    to_char(s.last_action_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS last_action_at,
    s.by_category,
    s.achievements
FROM unnest(%(user_id)s::text[]) AS k (user_id)
CROSS JOIN LATERAL (
    SELECT v.*
    FROM actions.user_impact_summaries AS v
    WHERE v.user_id = k.user_id
    OFFSET 0
) AS s
