-- The ends of hours that are to be closed, in order: something that counts happened in the 24 hours up to them in a
-- ripple that is not deleted, and they are not closed yet. Each hour is a few index lookups, so that a year of
-- silence costs a moment.
WITH span AS (
    SELECT
        coalesce(
            %(since)s::timestamptz,
            to_timestamp(3600 * least(
                (SELECT h.hour FROM {generation}.activity_hours AS h ORDER BY to_timestamp(h.hour * 3600) LIMIT 1),
                (SELECT i.hour FROM {generation}.interest_hours AS i ORDER BY i.hour LIMIT 1)
            ))
        ) AS since,
        %(until)s::timestamptz AS until
)
SELECT hour_end
FROM span
CROSS JOIN LATERAL generate_series(span.since + interval '1 hour', span.until, interval '1 hour') AS hour_end
WHERE (
        EXISTS (
            SELECT FROM {generation}.activity_hours AS h
            JOIN {generation}.waves AS w ON w.wave_id = h.wave_id AND NOT w.deleted
            JOIN {generation}.ripples AS r
              ON r.wave_id = h.wave_id AND r.ripple_id = h.ripple_id AND NOT r.deleted
            WHERE to_timestamp(h.hour * 3600) >= hour_end - interval '24 hours'
              AND to_timestamp(h.hour * 3600) < hour_end
              AND h.actions > 0
        )
        OR EXISTS (
            SELECT FROM {generation}.interest_hours AS i
            JOIN {generation}.waves AS w ON w.wave_id = i.wave_id AND NOT w.deleted
            JOIN {generation}.ripples AS r
              ON r.wave_id = i.wave_id AND r.ripple_id = i.ripple_id AND NOT r.deleted
            WHERE i.hour >= extract(epoch FROM hour_end)::bigint / 3600 - 24
              AND i.hour < extract(epoch FROM hour_end)::bigint / 3600
              AND i.amount > 0
        )
    )
  AND NOT EXISTS (
        SELECT FROM {generation}.closed_hours AS c WHERE c.hour = extract(epoch FROM hour_end)::bigint / 3600 - 1
    )
  AND NOT EXISTS (
        SELECT FROM groundswell.outbox AS o
        WHERE o.system = 'actions' AND o.decision = 'hour_closed' AND o.nominal_time = hour_end AND o.part = 0
    )
ORDER BY hour_end
LIMIT %(limit)s
