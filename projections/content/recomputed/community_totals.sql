-- What the videos in each community add up to, and whether it was announced or deleted.
SELECT
    f.community_id,
    sum(f.known) AS known,
    sum(f.deleted) AS deleted,
    count(f.video_id) AS videos,
    count(DISTINCT f.creator_id) AS creators,
    sum(f.views) AS views,
    sum(f.likes) AS likes,
    sum(f.comments) AS comments,
    sum(f.shares) AS shares,
    sum(f.saves) AS saves,
    sum(f.impact_cents) AS impact_cents
FROM (
    SELECT
        m.community_id, v.video_id, v.creator_id, 0 AS known, 0 AS deleted,
        v.views, v.likes, v.comments, v.shares, v.saves, v.impact_cents
    FROM {source} AS v
    CROSS JOIN LATERAL unnest(v.communities) AS m (community_id)
    WHERE NOT v.removed
    UNION ALL
    SELECT c.community_id, NULL, NULL, (NOT c.deleted)::int, c.deleted::int, 0, 0, 0, 0, 0, 0
    FROM {generation}.communities AS c
) AS f
GROUP BY f.community_id
