SELECT total.total, page.place, page.id, r.*
FROM total
LEFT JOIN page ON true
LEFT JOIN content.hashtags AS r ON r.hashtag = page.id
ORDER BY {foremost}
