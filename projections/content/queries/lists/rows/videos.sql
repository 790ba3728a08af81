-- Videos with their creators.
SELECT
    total.total, page.place, page.id, v.*,
    c.username, c.display_name, c.avatar_url, c.verified
FROM total
LEFT JOIN page ON true
LEFT JOIN content.videos AS v ON v.video_id = page.id
LEFT JOIN content.creators AS c ON c.creator_id = v.creator_id
ORDER BY {foremost}
