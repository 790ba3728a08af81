-- The same behind a place.
(
    SELECT l.id, l.trend AS place
    FROM content.trend_steps AS s
    JOIN {source} AS l ON l.recency = s.factor AND l.at <= s.since
    WHERE {where}
      AND (l.trend < {place} OR l.trend = {place} AND l.id > {after})
    ORDER BY l.trend DESC, l.id
    LIMIT {rows_max}
)
