-- What each creator's videos in each community add up to.
SELECT
    m.community_id,
    v.creator_id,
    count(*) AS videos,
    sum(v.views) AS views,
    sum(v.likes) AS likes,
    sum(v.impact_cents) AS impact_cents
FROM {source} AS v
CROSS JOIN LATERAL unnest(v.communities) AS m (community_id)
WHERE NOT v.removed AND v.creator_id IS NOT NULL
GROUP BY m.community_id, v.creator_id
