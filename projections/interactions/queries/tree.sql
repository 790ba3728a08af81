-- The tree below an entry down to a depth, each entry before its branches. It is walked level by level, and only until
-- there are enough rows: so that a large tree is cut far from its root.
WITH RECURSIVE walk AS (
    SELECT root.*, 0 AS depth, ARRAY[]::bigint[] AS path
    FROM interactions.tree_roots AS root
    WHERE root.entry_id = %(entry_id)s
    UNION ALL
    SELECT child.*, walk.depth + 1, walk.path || child.branch_order
    FROM walk
    CROSS JOIN LATERAL (
        SELECT *
        FROM interactions.tree_parts AS branch
        WHERE branch.parent_id = walk.entry_id
        ORDER BY branch.branch_order
    ) AS child
    WHERE walk.depth < %(depth)s
), nearest AS MATERIALIZED (
    SELECT * FROM walk LIMIT %(limit)s
)
SELECT
    entry_id, parent_id, depth, branch_order, author, title, removed, created_at, resonance_count, branch_count,
    amplification_count, share_count
FROM nearest
ORDER BY path
