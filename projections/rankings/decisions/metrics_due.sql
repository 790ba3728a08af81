-- The second that has just begun, when a period has changed since its metrics were calculated.
SELECT %(until)s::timestamptz AS nominal_time
WHERE (%(since)s::timestamptz IS NULL OR %(since)s::timestamptz < %(until)s::timestamptz)
  AND EXISTS (
        SELECT FROM {generation}.periods AS p
        WHERE p.changes > p.calculated_changes
          -- What was decided of it is folded.
          AND NOT EXISTS (
                SELECT FROM groundswell.outbox AS o
                WHERE o.system = 'rankings'
                  AND o.decision = 'metrics_calculated'
                  AND o.nominal_time > greatest(%(until)s::timestamptz - %(folded_within)s, p.calculated_at)
                  AND o.record_key = convert_to(p.period_id, 'UTF8')
            )
    )
  AND NOT EXISTS (
        SELECT FROM groundswell.outbox AS o
        WHERE o.system = 'rankings' AND o.decision = 'metrics_calculated' AND o.nominal_time >= %(until)s::timestamptz
    )
LIMIT %(limit)s
