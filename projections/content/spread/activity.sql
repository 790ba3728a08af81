-- What videos gained in an hour is gained by all that they belonged to.
SELECT 'video' AS kind, video_id AS id, hour, views, likes, comments, shares, saves, impact_cents
FROM {rows} AS g
UNION ALL
SELECT 'creator', creator_id, hour, views, likes, comments, shares, saves, impact_cents
FROM {rows} AS g WHERE creator_id <> ''
UNION ALL
SELECT 'sound', sound_id, hour, views, likes, comments, shares, saves, impact_cents
FROM {rows} AS g WHERE sound_id <> ''
UNION ALL
SELECT 'hashtag', unnest(hashtags), hour, views, likes, comments, shares, saves, impact_cents
FROM {rows} AS g
UNION ALL
SELECT 'community', unnest(communities), hour, views, likes, comments, shares, saves, impact_cents
FROM {rows} AS g
