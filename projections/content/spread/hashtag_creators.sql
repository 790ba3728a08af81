-- What videos bring to their creator among those of each of their hashtags.
SELECT unnest(b.hashtags) AS hashtag, b.creator_id, b.videos, b.views, b.likes, b.impact_cents
FROM {rows} AS b
WHERE b.creator_id <> ''
