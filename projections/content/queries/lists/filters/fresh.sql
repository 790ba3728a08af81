l.recency = {factor} AND l.at > (SELECT s.since FROM content.trend_steps AS s WHERE s.factor = {factor})
