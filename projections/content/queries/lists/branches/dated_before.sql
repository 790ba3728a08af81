-- Those published before a time.
(
    SELECT l.id, l.at AS place
    FROM {source} AS l
    WHERE {where}
      AND l.at < {place}
    ORDER BY l.at DESC NULLS LAST, l.id
    LIMIT {rows_max}
)
