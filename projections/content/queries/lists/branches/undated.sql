-- Those of which nobody said when they were published.
(
    SELECT l.id, l.at AS place
    FROM {source} AS l
    WHERE {where}
      AND l.at IS NULL
      AND l.id > {after}
    ORDER BY l.at DESC NULLS LAST, l.id
    LIMIT {rows_max}
)
