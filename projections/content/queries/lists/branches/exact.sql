-- Below a number, in an order that has each number for itself: their index is the order.
(
    SELECT l.id, l.{score} AS place
    FROM {source} AS l
    WHERE {where}
      AND l.{order} < {below}
    ORDER BY l.{order} DESC, l.id
    LIMIT {rows_max}
)
