{name} AS MATERIALIZED (
    SELECT id, place FROM {before}
    UNION ALL
    {branch}
)
