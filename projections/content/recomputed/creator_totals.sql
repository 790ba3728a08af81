-- What the videos of each creator add up to, beside what the creator says.
SELECT
    f.creator_id,
    sum(f.known) AS known,
    count(f.video_id) AS videos,
    sum(f.followers) AS followers,
    sum(f.registered_us) AS registered_us,
    sum(f.views) AS views,
    sum(f.likes) AS likes,
    sum(f.comments) AS comments,
    sum(f.shares) AS shares,
    sum(f.saves) AS saves,
    sum(f.impact_cents) AS impact_cents
FROM (
    SELECT
        v.creator_id, v.video_id, 0 AS known, 0::bigint AS followers, 0::bigint AS registered_us,
        v.views, v.likes, v.comments, v.shares, v.saves, v.impact_cents
    FROM {source} AS v
    WHERE NOT v.removed AND v.creator_id IS NOT NULL
    UNION ALL
    SELECT
        c.creator_id, NULL, 1, coalesce(c.followers, 0),
        coalesce((extract(epoch FROM c.registered_at) * 1000000)::bigint, 0),
        0, 0, 0, 0, 0, 0
    FROM {generation}.creators AS c
) AS f
GROUP BY f.creator_id
