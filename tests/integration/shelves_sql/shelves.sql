-- When the newest book came onto each of these shelves.
SELECT k.shelf, (SELECT max(s.came_at) FROM {generation}.standing s WHERE s.shelf = k.shelf) AS newest_at
FROM {keys} AS k
