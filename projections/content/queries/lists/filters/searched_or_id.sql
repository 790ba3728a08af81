(
    l.searched LIKE %(searched)s
    OR l.registered = 0 AND l.searched_id ILIKE %(searched)s AND l.id ILIKE %(search)s
)
