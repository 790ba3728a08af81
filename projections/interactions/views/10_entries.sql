-- Entries with their places. What is deleted is hidden from the moment of its event; what users did to it is purged
-- later. Branches are facts, and count whatever became of the entries.

-- Everything that was ever heard of, put together from its two rows: for the other views and for whoever looks an entry
-- up by its id. is_there: lists show it.
CREATE OR REPLACE VIEW interactions.known_entries AS
SELECT
    e.entry_id,
    e.author,
    CASE WHEN NOT e.deleted THEN coalesce(e.title, p.title) END AS title,
    p.parent_id,
    p.branch_order,
    coalesce(e.created_at, p.branched_at) AS created_at,
    e.deleted AS removed,
    NOT e.deleted
        AND (
            e.announced OR e.resonances > 0 OR e.amplifications > 0 OR e.shares > 0 OR p.entry_id IS NOT NULL
        ) AS is_there,
    p.entry_id IS NOT NULL AS has_place,
    e.resonances,
    e.amplifications,
    e.shares,
    coalesce(p.branches, 0) AS branches,
    coalesce(p.descendants, 0) AS descendants,
    e.version + coalesce(p.version, 0) AS version,
    {generation}.heat_together(
        e.heat_sum, e.heat_hour, coalesce(p.heat_sum, 0), coalesce(p.heat_hour, 0)
    ) AS heat_sum,
    greatest(e.heat_hour, p.heat_hour) AS heat_hour
FROM {generation}.entries e
LEFT JOIN {generation}.places p ON p.entry_id = e.entry_id
UNION ALL
SELECT
    p.entry_id,
    NULL::text COLLATE "C",
    p.title,
    p.parent_id,
    p.branch_order,
    p.branched_at,
    false,
    true,
    true,
    0::bigint,
    0::bigint,
    0::bigint,
    p.branches,
    p.descendants,
    p.version,
    p.heat_sum,
    p.heat_hour
FROM {generation}.places p
WHERE NOT EXISTS (SELECT FROM {generation}.entries e WHERE e.entry_id = p.entry_id);

CREATE OR REPLACE VIEW interactions.interaction_counts AS
SELECT
    k.entry_id,
    k.resonances AS resonance_count,
    k.branches AS branch_count,
    k.amplifications AS amplification_count,
    k.shares AS share_count,
    k.version
FROM interactions.known_entries k
WHERE k.is_there;

CREATE OR REPLACE VIEW interactions.entries AS
SELECT
    k.entry_id,
    k.author,
    k.title,
    k.parent_id,
    CASE WHEN k.has_place THEN {generation}.root_of(k.entry_id) ELSE k.entry_id END AS root_id,
    CASE WHEN k.has_place THEN {generation}.depth_of(k.entry_id) ELSE 0 END AS depth,
    k.descendants,
    k.created_at
FROM interactions.known_entries k
WHERE k.is_there;

CREATE OR REPLACE VIEW interactions.activity AS
SELECT
    a.entry_id,
    to_timestamp(a.hour * 3600) AS hour,
    a.resonances,
    a.amplifications,
    a.shares,
    a.branches
FROM {generation}.activity a
WHERE (a.resonances > 0 OR a.amplifications > 0 OR a.shares > 0 OR a.branches > 0)
  AND NOT EXISTS (SELECT FROM {generation}.entries e WHERE e.entry_id = a.entry_id AND e.deleted);
