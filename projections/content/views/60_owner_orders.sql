-- What lists of creators, sounds, hashtags and communities are walked in: as those of videos are. `at` is when the newest
-- video was published.

CREATE OR REPLACE VIEW content.creator_order AS
SELECT
    t.creator_id AS id,
    (SELECT max(m.published_at) FROM {generation}.creator_videos m WHERE m.creator_id = t.creator_id) AS at,
    t.views,
    t.views_order,
    t.impact_cents AS impact,
    t.impact_order,
    t.videos,
    t.videos_order,
    t.followers,
    t.followers_order,
    t.registered_us AS registered,
    c.search AS read,
    groundswell.searchable(c.search) AS searched,
    groundswell.searchable(t.creator_id) AS searched_id
FROM {generation}.creator_totals t
LEFT JOIN {generation}.creators c ON c.creator_id = t.creator_id
WHERE t.known > 0 OR t.videos > 0;

-- `recency` is the factor of the trend score that the index has; `trend` is the score as of this minute.
CREATE OR REPLACE VIEW content.sound_order AS
SELECT
    t.sound_id AS id,
    t.newest_at AS at,
    t.views,
    t.views_order,
    t.impact_cents AS impact,
    t.impact_order,
    t.videos,
    t.videos_order,
    t.likes,
    t.likes_order,
    t.recency,
    t.views * coalesce((SELECT max(s.factor) FROM content.trend_steps s WHERE s.since < t.newest_at), 1) AS trend,
    s.search AS read,
    groundswell.searchable(s.search) AS searched
FROM {generation}.sound_totals t
LEFT JOIN {generation}.sounds s ON s.sound_id = t.sound_id
WHERE t.known > 0 OR t.videos > 0;

CREATE OR REPLACE VIEW content.hashtag_order AS
SELECT
    t.hashtag AS id,
    t.newest_at AS at,
    t.views,
    t.views_order,
    t.impact_cents AS impact,
    t.impact_order,
    t.videos,
    t.videos_order,
    t.recency,
    t.views * coalesce((SELECT max(s.factor) FROM content.trend_steps s WHERE s.since < t.newest_at), 1) AS trend,
    t.hashtag AS read,
    groundswell.searchable(t.hashtag) AS searched
FROM {generation}.hashtag_totals t
WHERE t.videos > 0;

CREATE OR REPLACE VIEW content.community_order AS
SELECT
    t.community_id AS id,
    (
        SELECT m.published_at
        FROM {generation}.community_videos m
        WHERE m.community_id = t.community_id
        ORDER BY m.published_at DESC NULLS LAST
        LIMIT 1
    ) AS at,
    t.views,
    t.views_order,
    t.impact_cents AS impact,
    t.impact_order,
    t.videos,
    t.videos_order,
    t.creators,
    t.creators_order,
    c.search AS read,
    groundswell.searchable(c.search) AS searched
FROM {generation}.community_totals t
LEFT JOIN {generation}.communities c ON c.community_id = t.community_id
WHERE t.deleted = 0
  AND (t.known > 0 OR t.videos > 0)
