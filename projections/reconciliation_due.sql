-- The time of the last night, where no reconciliation of as many days has been since and there is anything to
-- reconcile. The newest decision does not tell: one by command may have been of fewer days.
SELECT %(until)s::timestamptz AS night
WHERE EXISTS (
        SELECT FROM groundswell.positions AS p
        JOIN groundswell.generations AS g ON g.system = p.system AND g.generation = p.generation
        WHERE g.system = %(system)s AND g.active AND p.applied > 0
    )
  AND NOT EXISTS (
        SELECT FROM {generation}.reconciliations AS r WHERE r.at >= %(until)s::timestamptz AND r.days >= %(days)s
    )
  AND NOT EXISTS (
        SELECT FROM groundswell.outbox AS o
        WHERE o.system = %(system)s
          AND o.decision = 'reconciled'
          AND o.nominal_time >= %(until)s::timestamptz
          AND CASE
                WHEN o.record_value <> '' THEN (convert_from(o.record_value, 'UTF8')::jsonb ->> 'days')::int >= %(days)s
                ELSE true
            END
    )
LIMIT %(limit)s
