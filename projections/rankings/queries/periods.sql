-- A page of all periods by their ids.
SELECT period_id, title, open, opened_at, closed_at, topics, is_stale, calculated_at, version
FROM rankings.periods
WHERE period_id > coalesce(%(after_period_id)s, '')
ORDER BY period_id
LIMIT %(limit)s
