-- Those that have lost their factor in the index since it was told: as many as pass a step in a minute or two.
(
    SELECT l.id, l.trend AS place
    FROM content.trend_steps AS s
    JOIN {source} AS l ON l.recency = s.factor AND l.at <= s.since
    WHERE {where}
    ORDER BY l.trend DESC, l.id
    LIMIT {rows_max}
)
