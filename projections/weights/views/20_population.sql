-- What the users that are there give each category. From at most 101 rows each.

CREATE OR REPLACE VIEW weights.population AS
SELECT
    category,
    users::bigint AS users,
    trim_scale(round(total * 0.01 / users, 6)) AS mean,
    trim_scale(middle * 0.005) AS median,
    trim_scale(round(sqrt(squares * users - total * total) * 0.01 / users, 6)) AS spread,
    minimum * 0.01 AS minimum,
    maximum * 0.01 AS maximum
FROM (
    SELECT
        p.category,
        sum(p.users) AS users,
        sum(p.hundredths * p.users) AS total,
        sum(p.hundredths * p.hundredths * p.users) AS squares,
        min(p.hundredths) AS minimum,
        max(p.hundredths) AS maximum,
        -- The two in the middle, which are one where the number is odd.
        sum(p.hundredths * p.in_the_middle) AS middle
    FROM (
        SELECT
            c.category,
            c.hundredths,
            c.users,
            (c.until >= (c.everybody + 1) / 2 AND c.until - c.users < (c.everybody + 1) / 2)::int
                + (c.until >= c.everybody / 2 + 1 AND c.until - c.users < c.everybody / 2 + 1)::int
                AS in_the_middle
        FROM (
            SELECT
                category,
                hundredths,
                users,
                sum(users) OVER (PARTITION BY category ORDER BY hundredths)::bigint AS until,
                sum(users) OVER (PARTITION BY category)::bigint AS everybody
            FROM {generation}.population
            WHERE users > 0
        ) c
    ) p
    GROUP BY p.category
) s;
