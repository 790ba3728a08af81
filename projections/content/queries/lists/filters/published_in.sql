l.at >= statement_timestamp() - %(published_in)s::interval
