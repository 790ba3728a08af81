l.id, l.{score} AS place
