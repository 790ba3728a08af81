-- Topics whose live counts are not what a count over the ballots says.
WITH counted AS (
    SELECT
        ranked.topic_id,
        count(*) AS students,
        sum(ranked.position) AS sum_of_positions,
        round(avg(ranked.position), 6) AS average,
        round(stddev_pop(ranked.position), 6) AS standard_deviation
    FROM rankings.rankings AS ranked
    WHERE ranked.period_id = %(period_id)s
    GROUP BY ranked.topic_id
)
SELECT
    metrics.topic_id,
    concat_ws(' ', metrics.students, metrics.sum_of_positions, metrics.average, metrics.standard_deviation),
    concat_ws(
        ' ', coalesce(counted.students, 0), coalesce(counted.sum_of_positions, 0), trim_scale(counted.average),
        trim_scale(counted.standard_deviation)
    )
FROM rankings.topic_metrics AS metrics
LEFT JOIN counted USING (topic_id)
WHERE metrics.period_id = %(period_id)s
  AND (
        (metrics.students, metrics.sum_of_positions)
            <> (coalesce(counted.students, 0), coalesce(counted.sum_of_positions, 0))
     OR metrics.average IS DISTINCT FROM counted.average
     OR metrics.standard_deviation IS DISTINCT FROM counted.standard_deviation
     OR (SELECT coalesce(sum(one), 0) FROM unnest(metrics.distribution) AS one) <> metrics.students
  )
