-- What the videos of each creator with a hashtag, with a sound or in a community add up to.

CREATE OR REPLACE VIEW content.hashtag_creators AS
SELECT
    p.hashtag,
    p.creator_id,
    p.videos AS videos_count,
    p.views AS views_total,
    p.likes AS likes_total,
    round(p.impact_cents * 0.01, 2) AS total_impact_score,
    (
        SELECT min(m.published_at)
        FROM {generation}.hashtag_videos m
        WHERE m.hashtag = p.hashtag AND m.creator_id = p.creator_id
    ) AS first_video_at,
    (
        SELECT max(m.published_at)
        FROM {generation}.hashtag_videos m
        WHERE m.hashtag = p.hashtag AND m.creator_id = p.creator_id
    ) AS last_video_at
FROM {generation}.hashtag_creators p
WHERE p.videos > 0;

CREATE OR REPLACE VIEW content.sound_creators AS
SELECT
    p.sound_id,
    p.creator_id,
    p.videos AS videos_count,
    p.views AS views_total,
    p.likes AS likes_total,
    round(p.impact_cents * 0.01, 2) AS total_impact_score,
    (
        SELECT min(m.published_at)
        FROM {generation}.sound_videos m
        WHERE m.sound_id = p.sound_id AND m.creator_id = p.creator_id
    ) AS first_video_at,
    (
        SELECT max(m.published_at)
        FROM {generation}.sound_videos m
        WHERE m.sound_id = p.sound_id AND m.creator_id = p.creator_id
    ) AS last_video_at
FROM {generation}.sound_creators p
WHERE p.videos > 0;

-- A pair may stand before its community is announced; deleted ones are known as such.
CREATE OR REPLACE VIEW content.community_creators AS
SELECT
    p.community_id,
    p.creator_id,
    p.videos AS videos_count,
    p.views AS views_total,
    p.likes AS likes_total,
    round(p.impact_cents * 0.01, 2) AS total_impact_score,
    (
        SELECT min(m.published_at)
        FROM {generation}.community_videos m
        WHERE m.community_id = p.community_id AND m.creator_id = p.creator_id
    ) AS first_video_at,
    (
        SELECT max(m.published_at)
        FROM {generation}.community_videos m
        WHERE m.community_id = p.community_id AND m.creator_id = p.creator_id
    ) AS last_video_at
FROM {generation}.community_creators p
WHERE p.videos > 0
  AND (SELECT c.deleted FROM {generation}.communities c WHERE c.community_id = p.community_id) IS NOT TRUE;

-- What a community links is decided in its own partition, and joined here; one without a video has zeros.
CREATE OR REPLACE VIEW content.community_hashtags AS
SELECT
    c.community_id,
    linked.hashtag,
    coalesce(p.videos, 0) AS videos_count,
    coalesce(p.views, 0) AS views_total,
    coalesce(round(p.impact_cents * 0.01, 2), 0.00) AS total_impact_score
FROM {generation}.communities c
CROSS JOIN LATERAL unnest(c.linked_hashtags) AS linked (hashtag)
LEFT JOIN {generation}.community_hashtags p ON p.community_id = c.community_id AND p.hashtag = linked.hashtag
WHERE NOT c.deleted
