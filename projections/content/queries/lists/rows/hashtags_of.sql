-- Linked hashtags with what the community's videos that carry them add up to.
SELECT
    total.total, page.place, page.id, p.hashtag,
    coalesce(h.name, p.hashtag) AS name, p.videos_count, p.views_total, p.total_impact_score,
    coalesce(h.trend_score, 0) AS trend_score, coalesce(h.trending, false) AS trending
FROM total
LEFT JOIN page ON true
LEFT JOIN content.community_hashtags AS p ON p.hashtag = page.id AND p.community_id = %(owner)s
LEFT JOIN content.hashtags AS h ON h.hashtag = page.id
ORDER BY {foremost}
