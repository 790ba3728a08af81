l.impact >= %(impact_min)s
