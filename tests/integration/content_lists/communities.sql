SELECT community_id AS id,
    (SELECT max(v.published_at) FROM content.videos AS v WHERE c.community_id = ANY (v.communities)) AS at,
    views_total AS views, total_impact_score AS impact, videos_count AS videos, creators_count AS creators, lower(concat_ws(E'\n', name, description)) AS text
FROM content.communities AS c
