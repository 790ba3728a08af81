SELECT sound_id AS id, last_used_at AS at, views_total AS views, total_impact_score AS impact, videos_count AS videos, likes_total AS likes,
    trend_score AS trend, trend_score AS trending, lower(concat_ws(E'\n', title, author)) AS text
FROM content.sounds
