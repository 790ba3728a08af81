SELECT coalesce((SELECT o.videos_count FROM {owners} AS o WHERE o.{key} = %(owner)s), 0) AS total
