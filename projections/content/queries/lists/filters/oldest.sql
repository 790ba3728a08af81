l.recency = {factor}
