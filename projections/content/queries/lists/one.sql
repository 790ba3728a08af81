-- One row by its id.
WITH page AS (
    SELECT %(id)s::text AS id, NULL::bigint AS place
),
total AS (
    SELECT 1 AS total
)
{rows}
