l.impact_order >= %(impact_order_min)s
