-- By the id itself.
(
    SELECT l.id, l.id AS place
    FROM {source} AS l
    WHERE {where}
      AND l.id > {after}
    ORDER BY l.id
    LIMIT {rows_max}
)
