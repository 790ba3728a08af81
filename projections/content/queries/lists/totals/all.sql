SELECT count(*) AS total
FROM (SELECT FROM {source} AS l WHERE l.id > '' LIMIT %(long_from)s) AS counted
