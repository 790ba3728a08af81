-- What lists of videos are walked in, under the same names for each of them. `id` is that of the video, `owner` what it
-- belongs to. An `..._order` is the magnitude of the column before it: rows of one magnitude are sorted by the column
-- itself. `at` is when it was published, `read` is what is searched in, `searched` the
-- same as its index has it. A join whose columns
-- a statement does not ask for is left out of its plan.

CREATE OR REPLACE VIEW content.video_order AS
SELECT
    v.video_id AS id,
    v.published_at AS at,
    v.views,
    v.views_order,
    v.impact_cents AS impact,
    v.impact_order,
    v.likes,
    v.likes_order,
    v.comments,
    v.comments_order,
    t.search AS read,
    groundswell.searchable(t.search) AS searched
FROM {generation}.videos v
LEFT JOIN {generation}.video_texts t ON t.video_id = v.video_id
WHERE NOT v.removed;

-- The videos of creators, with what these are searched by: the username, and the id of one who has not registered.
CREATE OR REPLACE VIEW content.video_usernames AS
SELECT
    m.video_id AS id,
    groundswell.searchable(c.username_search) AS searched,
    c.username_search AS username
FROM {generation}.creators c
JOIN {generation}.creator_videos m ON m.creator_id = c.creator_id
UNION ALL
SELECT
    m.video_id AS id,
    groundswell.searchable(t.creator_id) AS searched,
    t.creator_id AS username
FROM {generation}.creator_totals t
JOIN {generation}.creator_videos m ON m.creator_id = t.creator_id
WHERE t.registered_us = 0;

CREATE OR REPLACE VIEW content.creator_video_order AS
SELECT
    m.creator_id AS owner,
    m.video_id AS id,
    m.published_at AS at,
    v.views,
    m.views_order,
    v.impact_cents AS impact,
    m.impact_order,
    v.likes,
    m.likes_order,
    v.comments,
    m.comments_order,
    t.search AS read,
    groundswell.searchable(t.search) AS searched
FROM {generation}.creator_videos m
LEFT JOIN {generation}.videos v ON v.video_id = m.video_id
LEFT JOIN {generation}.video_texts t ON t.video_id = m.video_id;

CREATE OR REPLACE VIEW content.sound_video_order AS
SELECT
    m.sound_id AS owner,
    m.video_id AS id,
    m.published_at AS at,
    v.views,
    m.views_order,
    v.impact_cents AS impact,
    m.impact_order,
    v.likes,
    m.likes_order,
    v.comments,
    m.comments_order,
    t.search AS read,
    groundswell.searchable(t.search) AS searched
FROM {generation}.sound_videos m
LEFT JOIN {generation}.videos v ON v.video_id = m.video_id
LEFT JOIN {generation}.video_texts t ON t.video_id = m.video_id;

CREATE OR REPLACE VIEW content.hashtag_video_order AS
SELECT
    m.hashtag AS owner,
    m.video_id AS id,
    m.published_at AS at,
    v.views,
    m.views_order,
    v.impact_cents AS impact,
    m.impact_order,
    v.likes,
    m.likes_order,
    v.comments,
    m.comments_order,
    t.search AS read,
    groundswell.searchable(t.search) AS searched
FROM {generation}.hashtag_videos m
LEFT JOIN {generation}.videos v ON v.video_id = m.video_id
LEFT JOIN {generation}.video_texts t ON t.video_id = m.video_id;

CREATE OR REPLACE VIEW content.community_video_order AS
SELECT
    m.community_id AS owner,
    m.video_id AS id,
    m.published_at AS at,
    v.views,
    m.views_order,
    v.impact_cents AS impact,
    m.impact_order,
    v.likes,
    m.likes_order,
    v.comments,
    m.comments_order,
    t.search AS read,
    groundswell.searchable(t.search) AS searched
FROM {generation}.community_videos m
LEFT JOIN {generation}.videos v ON v.video_id = m.video_id
LEFT JOIN {generation}.video_texts t ON t.video_id = m.video_id
WHERE (SELECT c.deleted FROM {generation}.communities c WHERE c.community_id = m.community_id) IS NOT TRUE
