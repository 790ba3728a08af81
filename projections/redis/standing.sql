-- Where Postgres stands, in one snapshot: what Redis has to have reached to be trusted.
-- incarnation: a commit may be lost only when it changes. Postgres sets the time of these statistics anew when it
-- recovers from a crash, also where the server process itself goes on.
SELECT
    g.generation,
    (extract(epoch FROM greatest(pg_postmaster_start_time(), b.stats_reset)) * 1000000)::bigint AS incarnation,
    (extract(epoch FROM g.promoted_at) * 1000000)::bigint AS promoted,
    coalesce(
        (
            SELECT jsonb_object_agg(p.partition, p.flushes)
            FROM groundswell.positions AS p
            WHERE p.system = g.system AND p.generation = g.generation
        ),
        '{}'
    )::text AS flushes,
    (
        SELECT CASE WHEN count(*) = cardinality(%(windows)s::text[])
               THEN floor(extract(epoch FROM min(r.as_of)) / 60)::bigint END
        FROM groundswell.recalculations AS r
        WHERE r.system = g.system AND r.generation = g.generation AND r.table_name = ANY (%(windows)s::text[])
    ) AS minute,
    extract(epoch FROM clock_timestamp())::double precision AS seconds,
    g.parameters::text AS parameters
FROM groundswell.generations AS g
CROSS JOIN pg_stat_bgwriter AS b
WHERE g.system = %(system)s AND g.active
