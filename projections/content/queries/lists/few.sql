-- A page of a list that is never long: all that the filters let through is sorted.
WITH found AS MATERIALIZED (
    SELECT id, place
    FROM (
        {matches}
    ) AS matched
), total AS MATERIALIZED (
    SELECT count(*) AS total FROM found
), page AS MATERIALIZED (
    SELECT id, place
    FROM found AS f
    WHERE {behind}
    ORDER BY {foremost}
    LIMIT %(limit)s OFFSET %(offset)s
)
{rows}
