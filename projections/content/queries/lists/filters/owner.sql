l.owner = %(owner)s
