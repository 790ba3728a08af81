SELECT coalesce((SELECT o.creators_count FROM {owners} AS o WHERE o.{key} = %(owner)s), 0) AS total
