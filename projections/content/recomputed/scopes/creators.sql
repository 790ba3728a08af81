-- The creators that a video changed since then belongs to, or counts for; and those that no video feeds.
SELECT v.creator_id FROM {generation}.videos AS v WHERE v.changed_at >= %(since)s AND v.creator_id IS NOT NULL
UNION
SELECT m.creator_id
FROM {generation}.creator_videos AS m
JOIN {generation}.videos AS v ON v.video_id = m.video_id
WHERE v.changed_at >= %(since)s
UNION
SELECT o.creator_id
FROM {generation}.creators AS o
WHERE NOT EXISTS (SELECT FROM {generation}.creator_videos AS m WHERE m.creator_id = o.creator_id)
