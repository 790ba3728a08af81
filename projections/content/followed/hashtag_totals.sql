-- When the newest video with each of these hashtags was published, and how the earliest one writes it.
SELECT k.hashtag, (
    SELECT max(m.published_at) FROM {generation}.hashtag_videos m WHERE m.hashtag = k.hashtag
) AS newest_at, (
    SELECT m.form FROM {generation}.hashtag_names m WHERE m.hashtag = k.hashtag ORDER BY m.at, m.video_id LIMIT 1
) AS name
FROM {keys} AS k
