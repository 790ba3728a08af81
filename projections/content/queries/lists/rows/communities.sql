SELECT total.total, page.place, page.id, r.*
FROM total
LEFT JOIN page ON true
LEFT JOIN content.communities AS r ON r.community_id = page.id
ORDER BY {foremost}
