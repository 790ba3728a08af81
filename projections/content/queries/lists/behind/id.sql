f.id > {after}
