SELECT p.hashtag AS id, h.last_seen_at AS at, p.views_total AS views, p.total_impact_score AS impact,
    p.videos_count AS videos, coalesce(h.trend_score, 0) AS trend, coalesce(h.trend_score, 0) AS trending,
    p.hashtag AS text
FROM content.community_hashtags AS p
LEFT JOIN content.hashtags AS h ON h.hashtag = p.hashtag
WHERE p.community_id = %(community)s
