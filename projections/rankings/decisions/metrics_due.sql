-- The second that has just begun, when a period has changed since its metrics were calculated. Which periods are
-- calculated then, if any, metrics.sql says.
SELECT %(until)s::timestamptz AS nominal_time
WHERE EXISTS (SELECT FROM {generation}.periods AS p WHERE p.changes > p.calculated_changes)
  AND NOT EXISTS (
        SELECT FROM groundswell.outbox AS o
        WHERE o.system = 'rankings' AND o.decision = 'metrics_calculated' AND o.nominal_time >= %(until)s::timestamptz
    )
LIMIT %(limit)s
