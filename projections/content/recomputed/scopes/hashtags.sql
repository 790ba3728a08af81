-- The hashtags that a video changed since then belongs to, or counts for.
SELECT h.hashtag FROM {generation}.videos AS v
CROSS JOIN LATERAL unnest(v.hashtags) AS h (hashtag) WHERE v.changed_at >= %(since)s
UNION
SELECT m.hashtag
FROM {generation}.hashtag_videos AS m
JOIN {generation}.videos AS v ON v.video_id = m.video_id
WHERE v.changed_at >= %(since)s
