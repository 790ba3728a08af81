l.searched LIKE %(searched)s
