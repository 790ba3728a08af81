f.place IS NULL AND f.id > {after}
