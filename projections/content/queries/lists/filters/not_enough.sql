(SELECT count(*) FROM {before}) < {rows_max}
