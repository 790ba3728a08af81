l.impact_order <= %(impact_order_max)s
