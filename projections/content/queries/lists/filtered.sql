-- A page of a list with filters. Some of what they let through is collected first, by whichever index finds it; if that
-- is all, it is sorted, else there is so much that walking the list in its order soon meets enough.
WITH found AS MATERIALIZED (
    SELECT id, place
    FROM (
        {matches}
    ) AS matched
    LIMIT %(collected_max)s
),
total AS MATERIALIZED (
    SELECT
        CASE WHEN (SELECT count(*) FROM found) < %(collected_max)s THEN
            (SELECT count(*) FROM found)
        ELSE
            (
                SELECT count(*)
                FROM (
                    SELECT id
                    FROM (
                        {counted}
                    ) AS matched
                    LIMIT %(found_max)s
                ) AS counted
            )
        END AS total
),
{branches},
page AS MATERIALIZED (
    SELECT id, place
    FROM (
        (
            SELECT id, place
            FROM found AS f
            WHERE (SELECT count(*) FROM found) < %(collected_max)s AND {behind}
            ORDER BY {foremost}
            LIMIT {rows_max}
        )
        UNION ALL
        {walked}
    ) AS walked
    ORDER BY {foremost}
    LIMIT %(limit)s OFFSET %(offset)s
)
{rows}
