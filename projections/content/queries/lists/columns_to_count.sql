l.id
