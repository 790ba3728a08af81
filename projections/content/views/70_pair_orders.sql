-- What lists of the creators of a sound, hashtag or community are walked in: numbers of the pair, and those of the
-- creator that have nothing to do with it.

CREATE OR REPLACE VIEW content.sound_creator_order AS
SELECT
    p.sound_id AS owner,
    p.creator_id AS id,
    (
        SELECT max(m.published_at)
        FROM {generation}.sound_videos m
        WHERE m.sound_id = p.sound_id AND m.creator_id = p.creator_id
    ) AS at,
    p.views,
    p.views_order,
    p.impact_cents AS impact,
    p.impact_order,
    p.videos,
    p.videos_order,
    t.followers,
    t.followers_order,
    t.registered_us AS registered,
    c.search AS read,
    groundswell.searchable(c.search) AS searched,
    groundswell.searchable(t.creator_id) AS searched_id
FROM {generation}.sound_creators p
LEFT JOIN {generation}.creator_totals t ON t.creator_id = p.creator_id
LEFT JOIN {generation}.creators c ON c.creator_id = p.creator_id
WHERE p.videos > 0;

CREATE OR REPLACE VIEW content.hashtag_creator_order AS
SELECT
    p.hashtag AS owner,
    p.creator_id AS id,
    (
        SELECT max(m.published_at)
        FROM {generation}.hashtag_videos m
        WHERE m.hashtag = p.hashtag AND m.creator_id = p.creator_id
    ) AS at,
    p.views,
    p.views_order,
    p.impact_cents AS impact,
    p.impact_order,
    p.videos,
    p.videos_order,
    t.followers,
    t.followers_order,
    t.registered_us AS registered,
    c.search AS read,
    groundswell.searchable(c.search) AS searched,
    groundswell.searchable(t.creator_id) AS searched_id
FROM {generation}.hashtag_creators p
LEFT JOIN {generation}.creator_totals t ON t.creator_id = p.creator_id
LEFT JOIN {generation}.creators c ON c.creator_id = p.creator_id
WHERE p.videos > 0;

CREATE OR REPLACE VIEW content.community_creator_order AS
SELECT
    p.community_id AS owner,
    p.creator_id AS id,
    (
        SELECT max(m.published_at)
        FROM {generation}.community_videos m
        WHERE m.community_id = p.community_id AND m.creator_id = p.creator_id
    ) AS at,
    p.views,
    p.views_order,
    p.impact_cents AS impact,
    p.impact_order,
    p.videos,
    p.videos_order,
    t.followers,
    t.followers_order,
    t.registered_us AS registered,
    c.search AS read,
    groundswell.searchable(c.search) AS searched,
    groundswell.searchable(t.creator_id) AS searched_id
FROM {generation}.community_creators p
LEFT JOIN {generation}.creator_totals t ON t.creator_id = p.creator_id
LEFT JOIN {generation}.creators c ON c.creator_id = p.creator_id
WHERE p.videos > 0
  AND (SELECT d.deleted FROM {generation}.communities d WHERE d.community_id = p.community_id) IS NOT TRUE;

-- The hashtags that communities link: few of each.
CREATE OR REPLACE VIEW content.community_hashtag_order AS
SELECT
    p.community_id AS owner,
    p.hashtag AS id,
    t.newest_at AS at,
    p.views_total AS views,
    p.total_impact_score * 100 AS impact,
    p.videos_count AS videos,
    coalesce(t.views, 0) * coalesce((SELECT max(s.factor) FROM content.trend_steps s WHERE s.since < t.newest_at), 1) AS trend,
    p.hashtag AS read,
    groundswell.searchable(p.hashtag) AS searched
FROM content.community_hashtags p
LEFT JOIN {generation}.hashtag_totals t ON t.hashtag = p.hashtag
