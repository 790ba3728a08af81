-- The videos of each creator, in the orders of its lists.
SELECT
    v.creator_id,
    v.video_id,
    v.published_at,
    groundswell.magnitude(v.views::double precision, {counts}) AS views_order,
    groundswell.magnitude(v.impact_cents::double precision, {scores}) AS impact_order,
    groundswell.magnitude(v.likes::double precision, {counts}) AS likes_order,
    groundswell.magnitude(v.comments::double precision, {counts}) AS comments_order
FROM {source} AS v
WHERE NOT v.removed AND v.creator_id IS NOT NULL
