-- When the newest video of each of these creators was published.
SELECT k.creator_id, (
    SELECT max(m.published_at) FROM {generation}.creator_videos m WHERE m.creator_id = k.creator_id
) AS newest_at
FROM {keys} AS k
