-- What was read of a book is read of its shelf too.
SELECT 'book' AS kind, r.title AS id, r.pages FROM {rows} AS r
UNION ALL SELECT 'shelf', r.shelf, r.pages FROM {rows} AS r
