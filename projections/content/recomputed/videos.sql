-- What the Impact score of each video is by its counters.
SELECT
    v.video_id,
    div(
        10000000 * v.comments::numeric + 10000 * v.shares::numeric + 100 * v.likes::numeric + v.views::numeric
        + 10000 * v.saves::numeric + 500,
        1000
    ) AS impact_cents
FROM {generation}.videos AS v
