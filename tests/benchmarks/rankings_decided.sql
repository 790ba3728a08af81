-- How far a period is folded, how often it has changed, and as of how many changes its metrics are calculated.
SELECT position.next_offset, period.changes, period.calculated_changes
FROM {generation}.periods AS period
JOIN groundswell.positions AS position
  ON position.topic = %(topic)s
 AND position.partition = %(partition)s
WHERE period.period_id = %(period_id)s
