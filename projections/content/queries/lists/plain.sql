-- A page of a list without filters: each branch walks an index from its place on, and the foremost of all are the page.
WITH {branches},
page AS MATERIALIZED (
    SELECT id, place
    FROM (
        {walked}
    ) AS walked
    ORDER BY {foremost}
    LIMIT %(limit)s OFFSET %(offset)s
),
total AS MATERIALIZED (
    {total}
)
{rows}
