SELECT total.total, page.place, page.id, r.*
FROM total
LEFT JOIN page ON true
LEFT JOIN content.sounds AS r ON r.sound_id = page.id
ORDER BY {foremost}
