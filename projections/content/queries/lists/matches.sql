-- What the filters let through, in no order. Where no filter has an index the ids have one.
(
    SELECT {columns}
    FROM {source} AS l
    WHERE l.id > '' AND {where}
    LIMIT {matches_max}
)
