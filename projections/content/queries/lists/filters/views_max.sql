l.views <= %(views_max)s
