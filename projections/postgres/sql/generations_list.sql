-- Every generation: what it is, how far it has come and how large it is.
SELECT
    g.system,
    g.generation,
    CASE
        WHEN g.active THEN 'active'
        WHEN g.kind = 'scratch' THEN 'scratch'
        WHEN g.until_offsets IS NOT NULL THEN 'until'
        ELSE 'whole'
    END AS state,
    g.fold_version,
    g.parameters,
    coalesce(p.applied, 0)::bigint AS applied,
    coalesce(p.duplicates, 0)::bigint AS duplicates,
    coalesce(p.dead, 0)::bigint AS dead,
    coalesce(p.next_offsets, '{}') AS next_offsets,
    g.until_offsets,
    (SELECT count(*) FROM groundswell.chores c WHERE c.system = g.system AND c.generation = g.generation) AS chores,
    g.created_at,
    g.promoted_at,
    (
        SELECT coalesce(sum(pg_total_relation_size(t.oid)), 0)::bigint
        FROM pg_class t
        JOIN pg_namespace n ON n.oid = t.relnamespace
        WHERE n.nspname = g.schema_name AND t.relkind = 'r'
    ) AS size_bytes
FROM groundswell.generations g
LEFT JOIN LATERAL (
    SELECT
        sum(applied) AS applied,
        sum(duplicates) AS duplicates,
        sum(dead) AS dead,
        jsonb_object_agg(partition, next_offset) AS next_offsets
    FROM groundswell.positions
    WHERE system = g.system AND generation = g.generation
) p ON true
WHERE %(system)s::text IS NULL OR g.system = %(system)s
ORDER BY g.system, g.generation
