-- A page of an entry's branches in their order, behind a place; removed ones stand among them.
SELECT
    branch.parent_id,
    branch.child_id,
    branch.branch_order,
    part.title,
    part.removed,
    branch.created_at
FROM (
    SELECT parent_id, child_id, branch_order, created_at
    FROM interactions.branches
    WHERE parent_id = %(entry_id)s
      AND branch_order > coalesce(%(after_order)s, -1)
    ORDER BY branch_order
    LIMIT %(limit)s
) AS branch
CROSS JOIN LATERAL (
    SELECT title, removed
    FROM interactions.tree_parts AS known
    WHERE known.entry_id = branch.child_id
    LIMIT 1
) AS part
ORDER BY branch.branch_order
