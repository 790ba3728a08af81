-- What the videos of a creator with a sound, hashtag or community add up to; and those of a hashtag in a community.
INSERT INTO {generation}.sound_creators (sound_id, creator_id, videos, views, likes, impact_cents)
SELECT sound_id, creator_id, count(*), sum(views), sum(likes), sum(impact_cents)
FROM {generation}.videos
WHERE NOT removed AND sound_id IS NOT NULL AND creator_id IS NOT NULL
GROUP BY sound_id, creator_id;

INSERT INTO {generation}.hashtag_creators (hashtag, creator_id, videos, views, likes, impact_cents)
SELECT hashtag, creator_id, count(*), sum(views), sum(likes), sum(impact_cents)
FROM {generation}.videos, unnest(hashtags) AS hashtag
WHERE NOT removed AND creator_id IS NOT NULL
GROUP BY hashtag, creator_id;

INSERT INTO {generation}.community_creators (community_id, creator_id, videos, views, likes, impact_cents)
SELECT community_id, creator_id, count(*), sum(views), sum(likes), sum(impact_cents)
FROM {generation}.videos, unnest(communities) AS community_id
WHERE NOT removed AND creator_id IS NOT NULL
GROUP BY community_id, creator_id;

INSERT INTO {generation}.community_hashtags (community_id, hashtag, videos, views, impact_cents)
SELECT community_id, hashtag, count(*), sum(views), sum(impact_cents)
FROM {generation}.videos, unnest(communities) AS community_id, unnest(hashtags) AS hashtag
WHERE NOT removed
GROUP BY community_id, hashtag
