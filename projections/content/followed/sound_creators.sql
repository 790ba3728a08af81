-- When the first and the last video of each of these pairs were published.
SELECT k.sound_id, k.creator_id, (
    SELECT min(m.published_at) FROM {generation}.sound_videos m WHERE m.sound_id = k.sound_id AND m.creator_id = k.creator_id
) AS first_at, (
    SELECT max(m.published_at) FROM {generation}.sound_videos m WHERE m.sound_id = k.sound_id AND m.creator_id = k.creator_id
) AS last_at
FROM {keys} AS k
