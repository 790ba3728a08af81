-- The sounds that a video changed since then belongs to, or counts for; and those that no video feeds.
SELECT v.sound_id FROM {generation}.videos AS v WHERE v.changed_at >= %(since)s AND v.sound_id IS NOT NULL
UNION
SELECT m.sound_id
FROM {generation}.sound_videos AS m
JOIN {generation}.videos AS v ON v.video_id = m.video_id
WHERE v.changed_at >= %(since)s
UNION
SELECT o.sound_id
FROM {generation}.sounds AS o
WHERE NOT EXISTS (SELECT FROM {generation}.sound_videos AS m WHERE m.sound_id = o.sound_id)
