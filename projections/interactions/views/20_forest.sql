-- The forest: every branch that was ever made, and entries as parts of a tree, the removed ones among them.

CREATE OR REPLACE VIEW interactions.branches AS
SELECT p.parent_id, p.entry_id AS child_id, p.branch_order, p.branched_at AS created_at
FROM {generation}.places p
WHERE p.parent_id IS NOT NULL;

-- Every entry that has a place, with its counts: by parent_id, in the branches' order, or by entry_id. A plain join, so
-- that a query which walks down a tree can look each level up by an index.
CREATE OR REPLACE VIEW interactions.tree_parts AS
SELECT
    p.entry_id,
    p.parent_id,
    p.branch_order,
    e.author,
    CASE WHEN e.deleted IS NOT TRUE THEN coalesce(e.title, p.title) END AS title,
    e.deleted IS TRUE AS removed,
    coalesce(e.created_at, p.branched_at) AS created_at,
    coalesce(e.resonances, 0) AS resonance_count,
    p.branches AS branch_count,
    coalesce(e.amplifications, 0) AS amplification_count,
    coalesce(e.shares, 0) AS share_count
FROM {generation}.places p
LEFT JOIN {generation}.entries e ON e.entry_id = p.entry_id;

-- The same for an entry whether or not it has a place: where a tree is begun.
CREATE OR REPLACE VIEW interactions.tree_roots AS
SELECT
    k.entry_id,
    k.parent_id,
    k.branch_order,
    k.author,
    k.title,
    k.removed,
    k.created_at,
    k.resonances AS resonance_count,
    k.branches AS branch_count,
    k.amplifications AS amplification_count,
    k.shares AS share_count
FROM interactions.known_entries k
WHERE k.is_there OR k.removed;
