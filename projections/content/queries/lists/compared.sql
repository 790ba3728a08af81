-- The first videos in two orders, each with its rank in both.
WITH {branches},
{other_branches},
ranked AS MATERIALIZED (
    SELECT id, row_number() OVER (ORDER BY place DESC, id) AS rank
    FROM (
        {walked}
    ) AS walked
    ORDER BY place DESC, id
    LIMIT {rows_max}
),
other_ranked AS MATERIALIZED (
    SELECT id, row_number() OVER (ORDER BY place DESC, id) AS rank
    FROM (
        {other_walked}
    ) AS walked
    ORDER BY place DESC, id
    LIMIT {rows_max}
),
page AS MATERIALIZED (
    SELECT coalesce(ranked.id, other_ranked.id) AS id, ARRAY[ranked.rank, other_ranked.rank] AS place
    FROM ranked
    FULL JOIN other_ranked ON other_ranked.id = ranked.id
),
total AS (
    SELECT count(*) AS total FROM page
)
{rows}
