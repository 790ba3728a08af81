-- When the first and the last video of each of these pairs were published.
SELECT k.hashtag, k.creator_id, (
    SELECT min(m.published_at) FROM {generation}.hashtag_videos m WHERE m.hashtag = k.hashtag AND m.creator_id = k.creator_id
) AS first_at, (
    SELECT max(m.published_at) FROM {generation}.hashtag_videos m WHERE m.hashtag = k.hashtag AND m.creator_id = k.creator_id
) AS last_at
FROM {keys} AS k
