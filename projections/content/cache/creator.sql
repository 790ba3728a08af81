-- Rows of creators as they lie in Redis: those of the view.
SELECT
    s.creator_id,
    s.username,
    s.display_name,
    s.bio,
    s.avatar_url,
    s.verified::text AS verified,
    s.followers,
    s.videos_count,
    s.views_total,
    s.likes_total,
    s.comments_total,
    s.shares_total,
    s.saves_total,
    s.total_impact_score,
    to_char(s.registered_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS registered_at,
    to_char(s.newest_video_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS newest_video_at
FROM unnest(%(creator_id)s::text[]) AS k (creator_id)
CROSS JOIN LATERAL (
    SELECT v.*
    FROM content.creators AS v
    WHERE v.creator_id = k.creator_id
    OFFSET 0
) AS s
