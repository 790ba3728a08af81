-- The videos in a community, a page at a time.
SELECT m.video_id
FROM {generation}.community_videos AS m
WHERE m.community_id = %(community_id)s AND m.video_id > %(after_video_id)s
ORDER BY m.video_id
LIMIT %(limit)s
