l.views >= %(views_min)s
