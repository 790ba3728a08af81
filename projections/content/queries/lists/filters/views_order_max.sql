l.views_order <= %(views_order_max)s
