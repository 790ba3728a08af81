l.views_order >= %(views_order_min)s
