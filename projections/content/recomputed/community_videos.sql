-- The videos in each community, in the orders of its lists.
SELECT
    o.community_id,
    v.video_id,
    v.creator_id,
    v.published_at,
    groundswell.magnitude(v.views::double precision, {counts}) AS views_order,
    groundswell.magnitude(v.impact_cents::double precision, {scores}) AS impact_order,
    groundswell.magnitude(v.likes::double precision, {counts}) AS likes_order,
    groundswell.magnitude(v.comments::double precision, {counts}) AS comments_order
FROM {source} AS v
CROSS JOIN LATERAL unnest(v.communities) AS o (community_id)
WHERE NOT v.removed
