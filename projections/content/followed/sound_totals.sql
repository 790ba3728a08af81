-- When the newest video with each of these sounds was published.
SELECT k.sound_id, (
    SELECT max(m.published_at) FROM {generation}.sound_videos m WHERE m.sound_id = k.sound_id
) AS newest_at
FROM {keys} AS k
