-- All of which somebody said when they were published.
(
    SELECT l.id, l.at AS place
    FROM {source} AS l
    WHERE {where}
      AND l.at IS NOT NULL
    ORDER BY l.at DESC NULLS LAST, l.id
    LIMIT {rows_max}
)
