-- The rest of those published at the very time of the place.
(
    SELECT l.id, l.at AS place
    FROM {source} AS l
    WHERE {where}
      AND l.at = {place}
      AND l.id > {after}
    ORDER BY l.id
    LIMIT {rows_max}
)
