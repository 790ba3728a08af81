SELECT creator_id AS id, p.last_video_at AS at, p.views_total AS views, p.total_impact_score AS impact,
    p.videos_count AS videos, coalesce(followers, 0) AS followers, coalesce(registered_at, 'epoch') AS registered,
    CASE WHEN registered_at IS NULL THEN lower(creator_id)
        ELSE lower(concat_ws(E'\n', username, display_name, bio)) END AS text
FROM content.community_creators AS p
JOIN content.creators AS c USING (creator_id)
WHERE p.community_id = %(community)s
