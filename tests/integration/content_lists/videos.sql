SELECT v.video_id AS id, v.published_at AS at, v.views, v.impact_score AS impact, v.likes, v.comments,
    lower(concat_ws(E'\n', v.caption, v.description, (SELECT string_agg('#' || h, E'\n') FROM unnest(v.hashtags) AS h),
        CASE WHEN c.registered_at IS NULL THEN v.creator_id ELSE c.username END)) AS text
FROM content.videos AS v
LEFT JOIN content.creators AS c ON c.creator_id = v.creator_id
