SELECT hashtag AS id, last_seen_at AS at, views_total AS views, total_impact_score AS impact, videos_count AS videos,
    trend_score AS trend, trend_score AS trending, hashtag AS text
FROM content.hashtags
