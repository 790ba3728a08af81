-- The time of the last night, where no reconciliation has been since and there is anything to reconcile.
SELECT %(until)s::timestamptz AS night
WHERE (%(since)s::timestamptz IS NULL OR %(since)s::timestamptz < %(until)s::timestamptz)
  AND EXISTS (SELECT FROM {generation}.videos)
  AND NOT EXISTS (SELECT FROM {generation}.reconciliations AS r WHERE r.at >= %(until)s::timestamptz)
  AND NOT EXISTS (
        SELECT FROM groundswell.outbox AS o
        WHERE o.system = 'content' AND o.decision = 'reconciled' AND o.nominal_time >= %(until)s::timestamptz
    )
LIMIT %(limit)s
