SELECT r.shelf, unnest(r.pens) AS pen, r.books FROM {rows} AS r
