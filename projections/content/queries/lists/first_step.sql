{name} AS MATERIALIZED (
    {branch}
)
