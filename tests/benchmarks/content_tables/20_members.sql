-- The videos of each creator, sound, hashtag and community, in the orders of their lists.
INSERT INTO {generation}.creator_videos
SELECT creator_id, video_id, published_at,
    groundswell.magnitude(views::float8, {counts_least}, {counts_most}, {counts_pivot}),
    groundswell.magnitude(impact_cents::float8, {scores_least}, {scores_most}, {scores_pivot}),
    groundswell.magnitude(likes::float8, {counts_least}, {counts_most}, {counts_pivot}),
    groundswell.magnitude(comments::float8, {counts_least}, {counts_most}, {counts_pivot})
FROM {generation}.videos
WHERE NOT removed AND creator_id IS NOT NULL;

INSERT INTO {generation}.sound_videos
SELECT sound_id, video_id, creator_id, published_at,
    groundswell.magnitude(views::float8, {counts_least}, {counts_most}, {counts_pivot}),
    groundswell.magnitude(impact_cents::float8, {scores_least}, {scores_most}, {scores_pivot}),
    groundswell.magnitude(likes::float8, {counts_least}, {counts_most}, {counts_pivot}),
    groundswell.magnitude(comments::float8, {counts_least}, {counts_most}, {counts_pivot})
FROM {generation}.videos
WHERE NOT removed AND sound_id IS NOT NULL;

INSERT INTO {generation}.hashtag_videos
SELECT hashtag, video_id, creator_id, published_at,
    groundswell.magnitude(views::float8, {counts_least}, {counts_most}, {counts_pivot}),
    groundswell.magnitude(impact_cents::float8, {scores_least}, {scores_most}, {scores_pivot}),
    groundswell.magnitude(likes::float8, {counts_least}, {counts_most}, {counts_pivot}),
    groundswell.magnitude(comments::float8, {counts_least}, {counts_most}, {counts_pivot})
FROM {generation}.videos, unnest(hashtags) AS hashtag
WHERE NOT removed;

INSERT INTO {generation}.community_videos
SELECT community_id, video_id, creator_id, published_at,
    groundswell.magnitude(views::float8, {counts_least}, {counts_most}, {counts_pivot}),
    groundswell.magnitude(impact_cents::float8, {scores_least}, {scores_most}, {scores_pivot}),
    groundswell.magnitude(likes::float8, {counts_least}, {counts_most}, {counts_pivot}),
    groundswell.magnitude(comments::float8, {counts_least}, {counts_most}, {counts_pivot})
FROM {generation}.videos, unnest(communities) AS community_id
WHERE NOT removed
