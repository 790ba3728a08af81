-- A page of a period's runs of the assignment, the newest first, behind a place.
SELECT period_id, run, algorithm, cost, at, students, assigned
FROM rankings.assignment_runs
WHERE period_id = %(period_id)s
  AND (
        %(after_at)s::timestamptz IS NULL
     OR (at, run) < (%(after_at)s::timestamptz, %(after_run)s::text)
  )
ORDER BY at DESC, run DESC
LIMIT %(limit)s
