-- The forest: trees of 1,000 entries each. In every tree a stem goes 50 deep; the others branch off any earlier entry of
-- their tree that is not that deep itself.
SELECT setseed(0.1);
CREATE TEMPORARY TABLE drawn AS
SELECT
    n,
    n / {tree_entries} AS tree,
    n % {tree_entries} AS place,
    CASE
        WHEN n % {tree_entries} = 0 THEN NULL
        WHEN n % {tree_entries} <= {depth} THEN n - 1
        ELSE n - n % {tree_entries} + floor(random() * (n % {tree_entries}))::bigint
    END AS parent
FROM generate_series(0, {entries} - 1) AS n;
CREATE INDEX ON drawn (parent);
CREATE UNIQUE INDEX ON drawn (n);
ANALYZE drawn;

-- What would be deeper than the deepest hangs on the root instead, with all that hangs on it.
CREATE TEMPORARY TABLE walked AS
WITH RECURSIVE walk AS (
    SELECT n, 0 AS depth, ARRAY[]::bigint[] AS above FROM drawn WHERE parent IS NULL
    UNION ALL
    SELECT
        drawn.n,
        CASE WHEN walk.depth < {depth} THEN walk.depth + 1 ELSE 1 END,
        CASE WHEN walk.depth < {depth} THEN walk.above || walk.n ELSE ARRAY[walk.above[1]] END
    FROM walk
    JOIN drawn ON drawn.parent = walk.n
)
SELECT n, depth, above, above[cardinality(above)] AS parent FROM walk;
CREATE UNIQUE INDEX ON walked (n);
ANALYZE walked;

INSERT INTO {generation}.places
    (entry_id, parent_id, branch_order, title, branched_at, branches, descendants, height, version, heat_sum, heat_hour)
SELECT
    'entry-' || walked.n,
    'entry-' || walked.parent,
    CASE WHEN walked.parent IS NOT NULL THEN row_number() OVER (PARTITION BY walked.parent ORDER BY walked.n) - 1 END,
    CASE WHEN walked.parent IS NOT NULL THEN 'Branch ' || walked.n END,
    CASE WHEN walked.parent IS NOT NULL THEN now() - interval '30 days' * (1 - walked.n / {entries}::double precision) END,
    coalesce(below.branches, 0),
    coalesce(below.descendants, 0),
    coalesce(below.height, 0),
    1 + coalesce(below.descendants, 0),
    5.0 * coalesce(below.branches, 0) * random(),
    extract(epoch FROM now())::bigint / 3600 - floor(200 * power(random(), 2))::bigint
FROM walked
LEFT JOIN (
    SELECT
        one.n,
        count(*) FILTER (WHERE lower.parent = one.n) AS branches,
        count(*) AS descendants,
        max(lower.depth) - array_position(min(lower.above), one.n) + 1 AS height
    FROM walked AS lower
    CROSS JOIN LATERAL unnest(lower.above) AS one (n)
    GROUP BY one.n
) AS below ON below.n = walked.n
