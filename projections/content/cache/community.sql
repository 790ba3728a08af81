-- Rows of communities as they lie in Redis: those of the view, lists as JSON.
SELECT
    s.community_id,
    s.name,
    s.description,
    array_to_json(s.linked_hashtags) AS linked_hashtags,
    s.videos_count,
    s.creators_count,
    s.views_total,
    s.likes_total,
    s.comments_total,
    s.shares_total,
    s.saves_total,
    s.total_impact_score
FROM unnest(%(community_id)s::text[]) AS k (community_id)
CROSS JOIN LATERAL (
    SELECT v.*
    FROM content.communities AS v
    WHERE v.community_id = k.community_id
    OFFSET 0
) AS s
