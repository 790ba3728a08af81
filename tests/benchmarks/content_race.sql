-- Totals that are not what a grouping of the videos says.
WITH live AS MATERIALIZED (
    SELECT * FROM {generation}.videos WHERE NOT removed
), grouped AS (
    SELECT 'creator' AS kind, creator_id AS id, count(*) AS videos, sum(views) AS views, sum(impact_cents) AS impact
    FROM live
    WHERE creator_id IS NOT NULL
    GROUP BY creator_id
    UNION ALL
    SELECT 'hashtag', h.hashtag, count(*), sum(views), sum(impact_cents)
    FROM live, unnest(live.hashtags) AS h (hashtag)
    GROUP BY h.hashtag
    UNION ALL
    SELECT 'community', c.id, count(*), sum(views), sum(impact_cents)
    FROM live, unnest(live.communities) AS c (id)
    GROUP BY c.id
    UNION ALL
    SELECT 'pair', h.hashtag || ' ' || live.creator_id, count(*), sum(views), sum(impact_cents)
    FROM live, unnest(live.hashtags) AS h (hashtag)
    WHERE live.creator_id IS NOT NULL
    GROUP BY h.hashtag, live.creator_id
), kept AS (
    SELECT 'creator' AS kind, creator_id AS id, videos, views, impact_cents AS impact FROM {generation}.creator_totals
    UNION ALL
    SELECT 'hashtag', hashtag, videos, views, impact_cents FROM {generation}.hashtag_totals
    UNION ALL
    SELECT 'community', community_id, videos, views, impact_cents FROM {generation}.community_totals
    UNION ALL
    SELECT 'pair', hashtag || ' ' || creator_id, videos, views, impact_cents FROM {generation}.hashtag_creators
)
SELECT
    coalesce(k.kind, g.kind), coalesce(k.id, g.id),
    concat_ws(' ', k.videos, k.views, k.impact), concat_ws(' ', g.videos, g.views, g.impact)
FROM (SELECT * FROM kept WHERE videos > 0) k
FULL JOIN grouped g ON g.kind = k.kind AND g.id = k.id
WHERE (k.videos, k.views, k.impact) IS DISTINCT FROM (g.videos, g.views, g.impact)
LIMIT 20
