(
    l.read LIKE %(search)s
    OR l.registered = 0 AND l.id ILIKE %(search)s
)
