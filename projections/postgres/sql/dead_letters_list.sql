-- Dead letters of the active generations, grouped by reason: one row per fingerprint, the most frequent first.
SELECT d.system, d.kind, d.code, d.fingerprint, count(*) AS records,
       min(d.appended_at) AS first_at, max(d.appended_at) AS last_at,
       (array_agg(d.reason ORDER BY d.appended_at DESC))[1] AS reason,
       (array_agg(d.topic || ':' || d.partition || ':' || d.record_offset ORDER BY d.appended_at DESC))[1] AS newest
FROM groundswell.dead_letters d
JOIN groundswell.generations g USING (system, generation)
WHERE g.active AND (%(system)s::text IS NULL OR d.system = %(system)s)
  AND (%(kind)s::text IS NULL OR d.kind = %(kind)s) AND (%(code)s::text IS NULL OR d.code = %(code)s)
GROUP BY d.system, d.kind, d.code, d.fingerprint
ORDER BY records DESC, d.system, d.kind, d.code, d.fingerprint
LIMIT %(limit)s
