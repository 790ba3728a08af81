-- Creators with what their videos with that owner add up to.
SELECT
    total.total, page.place, page.id, page.id AS creator_id,
    c.username, c.display_name, c.avatar_url, c.verified, c.followers, c.registered_at,
    p.videos_count, p.views_total, p.likes_total, p.total_impact_score, p.first_video_at, p.last_video_at
FROM total
LEFT JOIN page ON true
LEFT JOIN {pairs} AS p ON p.creator_id = page.id AND p.{key} = %(owner)s
LEFT JOIN content.creators AS c ON c.creator_id = page.id
ORDER BY {foremost}
