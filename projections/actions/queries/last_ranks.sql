-- The ranks of the last close.
SELECT wave_id, ripple_id, rank
FROM actions.trending_scores
WHERE hour = (SELECT max(hour) FROM actions.closed_hours)
