-- Rows of sounds as they lie in Redis: those of the view without what changes by the minute, which follows from the
-- views and the newest use.
SELECT
    s.sound_id,
    s.title,
    s.author,
    s.duration_seconds,
    s.cover_url,
    s.videos_count,
    s.creators_count,
    s.views_total,
    s.likes_total,
    s.comments_total,
    s.shares_total,
    s.saves_total,
    s.total_impact_score,
    to_char(s.last_used_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS last_used_at
FROM unnest(%(sound_id)s::text[]) AS k (sound_id)
CROSS JOIN LATERAL (
    SELECT v.*
    FROM content.sounds AS v
    WHERE v.sound_id = k.sound_id
    OFFSET 0
) AS s
