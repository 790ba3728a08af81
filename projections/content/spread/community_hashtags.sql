-- What videos bring to each of their hashtags in each of their communities.
SELECT c.community_id, unnest(b.hashtags) AS hashtag, b.videos, b.views, b.impact_cents
FROM {rows} AS b
CROSS JOIN LATERAL unnest(b.communities) AS c (community_id)
