-- Not by the index of times: rows of a magnitude are far fewer.
l.recency = {factor}
AND l.at - (SELECT s.since FROM content.trend_steps AS s WHERE s.factor = {factor}) > interval '0'
