l.read LIKE %(search)s
