-- Removes minute cells that no window of 24 hours reaches any more: a bounded number at a time, and none that a
-- flush holds. What stays is found the next time. %(watermark)s is the newest append time of a folded record.
DELETE FROM {generation}.activity_minutes
WHERE ctid = ANY (ARRAY (
    SELECT ctid
    FROM {generation}.activity_minutes
    WHERE minute < (extract(epoch FROM %(watermark)s::timestamptz - interval '26 hours') / 60)::bigint - 1
    ORDER BY minute
    LIMIT 20000
    FOR UPDATE SKIP LOCKED
))
