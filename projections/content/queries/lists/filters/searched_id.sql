-- Of a creator who has not registered the id is all there is to find.
l.registered = 0 AND l.searched_id ILIKE %(searched)s AND l.id ILIKE %(search)s
