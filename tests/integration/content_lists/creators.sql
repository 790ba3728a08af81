SELECT creator_id AS id, newest_video_at AS at, views_total AS views, total_impact_score AS impact, videos_count AS videos,
    coalesce(followers, 0) AS followers, coalesce(registered_at, 'epoch') AS registered,
    CASE WHEN registered_at IS NULL THEN lower(creator_id)
        ELSE lower(concat_ws(E'\n', username, display_name, bio)) END AS text
FROM content.creators
