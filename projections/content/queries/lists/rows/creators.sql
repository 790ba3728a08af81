SELECT total.total, page.place, page.id, r.*
FROM total
LEFT JOIN page ON true
LEFT JOIN content.creators AS r ON r.creator_id = page.id
ORDER BY {foremost}
