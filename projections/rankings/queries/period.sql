-- One period.
SELECT period_id, title, open, opened_at, closed_at, topics, is_stale, calculated_at, version
FROM rankings.periods
WHERE period_id = %(period_id)s
