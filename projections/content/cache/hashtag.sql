-- Rows of hashtags as they lie in Redis: those of the view without what changes by the minute, which follows from the
-- views and the newest video.
SELECT
    s.hashtag,
    s.name,
    s.videos_count,
    s.creators_count,
    s.views_total,
    s.likes_total,
    s.comments_total,
    s.shares_total,
    s.saves_total,
    s.total_impact_score,
    to_char(s.last_seen_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS last_seen_at
FROM unnest(%(hashtag)s::text[]) AS k (hashtag)
CROSS JOIN LATERAL (
    SELECT v.*
    FROM content.hashtags AS v
    WHERE v.hashtag = k.hashtag
    OFFSET 0
) AS s
