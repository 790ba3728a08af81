SELECT creator_id AS id, newest_video_at AS at, views_total AS views, total_impact_score AS impact, videos_count AS videos,
    coalesce(followers, 0) AS followers, registered_at AS registered,
    lower(concat_ws(E'\n', username, display_name, bio)) AS text
FROM content.creators
