(SELECT count(*) FROM found) >= %(collected_max)s
