-- The communities that a video changed since then belongs to, or counts for; and those that no video feeds.
SELECT c.community_id FROM {generation}.videos AS v
CROSS JOIN LATERAL unnest(v.communities) AS c (community_id) WHERE v.changed_at >= %(since)s
UNION
SELECT m.community_id
FROM {generation}.community_videos AS m
JOIN {generation}.videos AS v ON v.video_id = m.video_id
WHERE v.changed_at >= %(since)s
UNION
SELECT o.community_id
FROM {generation}.communities AS o
WHERE NOT EXISTS (SELECT FROM {generation}.community_videos AS m WHERE m.community_id = o.community_id)
