-- Magnitudes that take in several numbers: those of one are sorted by the number.
(
    SELECT l.id, l.{score} AS place
    FROM {source} AS l
    WHERE {where}
      AND l.{order} < {below}
      AND l.{order} >= {exact_below}
    ORDER BY l.{order} DESC, l.{value} DESC, l.id
    LIMIT {rows_max}
)
