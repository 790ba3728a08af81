-- The rest of those that have the very number of the place.
(
    SELECT l.id, l.{score} AS place
    FROM {source} AS l
    WHERE {where}
      AND l.{order} = {place_order}
      AND l.id > {after}
    ORDER BY l.{order} DESC, l.id
    LIMIT {rows_max}
)
