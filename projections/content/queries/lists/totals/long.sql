SELECT %(long_from)s::bigint AS total
