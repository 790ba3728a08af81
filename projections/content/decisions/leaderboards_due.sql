-- The end of the hour whose leaderboards are to be closed: only the last one, since totals are those of now; and only
-- where there ever was a video.
SELECT %(until)s::timestamptz AS hour_end
WHERE (%(since)s::timestamptz IS NULL OR %(since)s::timestamptz < %(until)s::timestamptz)
  AND EXISTS (SELECT FROM {generation}.videos)
  AND NOT EXISTS (
        SELECT FROM {generation}.leaderboard_hours AS c
        WHERE c.hour = extract(epoch FROM %(until)s::timestamptz)::bigint / 3600 - 1
    )
  AND NOT EXISTS (
        SELECT FROM groundswell.outbox AS o
        WHERE o.system = 'content' AND o.decision = 'leaderboard_closed' AND o.nominal_time = %(until)s AND o.part = 0
    )
LIMIT %(limit)s
