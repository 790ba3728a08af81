-- When the first and the last video of each of these pairs were published.
SELECT k.community_id, k.creator_id, (
    SELECT min(m.published_at) FROM {generation}.community_videos m WHERE m.community_id = k.community_id AND m.creator_id = k.creator_id
) AS first_at, (
    SELECT max(m.published_at) FROM {generation}.community_videos m WHERE m.community_id = k.community_id AND m.creator_id = k.creator_id
) AS last_at
FROM {keys} AS k
