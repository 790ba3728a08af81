-- Single dead letters: of a fingerprint, or the one at a place in the log.
SELECT d.system, d.topic, d.partition, d.record_offset, d.appended_at, d.kind, d.code, d.reason, d.fingerprint,
       d.record_key, d.record_value, d.traceback
FROM groundswell.dead_letters d
JOIN groundswell.generations g USING (system, generation)
WHERE g.active AND (d.fingerprint = %(fingerprint)s
   OR (d.topic = %(topic)s AND d.partition = %(partition)s AND d.record_offset = %(record_offset)s))
ORDER BY d.appended_at DESC, d.topic, d.partition, d.record_offset
LIMIT %(limit)s
