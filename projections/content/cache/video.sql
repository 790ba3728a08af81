-- Rows of videos as they lie in Redis: those of the view, lists as JSON.
SELECT
    s.video_id,
    s.creator_id,
    s.sound_id,
    s.caption,
    s.description,
    array_to_json(s.hashtags) AS hashtags,
    array_to_json(s.communities) AS communities,
    s.duration_seconds,
    s.thumbnail_url,
    s.views,
    s.likes,
    s.comments,
    s.shares,
    s.saves,
    s.impact_score,
    to_char(s.impact_updated_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS impact_updated_at,
    to_char(s.published_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS published_at,
    s.version,
    s.cut_off
FROM unnest(%(video_id)s::text[]) AS k (video_id)
CROSS JOIN LATERAL (
    SELECT v.*
    FROM content.videos AS v
    WHERE v.video_id = k.video_id
    OFFSET 0
) AS s
