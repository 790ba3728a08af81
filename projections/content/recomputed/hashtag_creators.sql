-- What each creator's videos with each hashtag add up to.
SELECT
    h.hashtag,
    v.creator_id,
    count(*) AS videos,
    sum(v.views) AS views,
    sum(v.likes) AS likes,
    sum(v.impact_cents) AS impact_cents
FROM {source} AS v
CROSS JOIN LATERAL unnest(v.hashtags) AS h (hashtag)
WHERE NOT v.removed AND v.creator_id IS NOT NULL
GROUP BY h.hashtag, v.creator_id
