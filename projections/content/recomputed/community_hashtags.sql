-- What the videos in each community that carry each hashtag add up to.
SELECT
    m.community_id,
    h.hashtag,
    count(*) AS videos,
    sum(v.views) AS views,
    sum(v.impact_cents) AS impact_cents
FROM {source} AS v
CROSS JOIN LATERAL unnest(v.communities) AS m (community_id)
CROSS JOIN LATERAL unnest(v.hashtags) AS h (hashtag)
WHERE NOT v.removed
GROUP BY m.community_id, h.hashtag
