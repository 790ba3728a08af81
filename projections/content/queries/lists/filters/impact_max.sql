l.impact <= %(impact_max)s
