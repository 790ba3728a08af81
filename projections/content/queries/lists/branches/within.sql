-- The rest of the magnitude in which the place is.
(
    SELECT l.id, l.{score} AS place
    FROM {source} AS l
    WHERE {where}
      AND l.{order} = {place_order}
      AND (l.{value} < {place} OR l.{value} = {place} AND l.id > {after})
    ORDER BY l.{value} DESC, l.id
    LIMIT {rows_max}
)
