(f.place < {place} OR f.place IS NULL OR f.place = {place} AND f.id > {after})
