-- Creators, sounds, hashtags and communities with the totals of their videos. They are shown when they said something
-- of themselves, and while they have videos.

CREATE OR REPLACE VIEW content.creators AS
SELECT
    t.creator_id,
    c.username,
    c.display_name,
    c.bio,
    c.avatar_url,
    c.verified,
    c.followers,
    t.videos AS videos_count,
    t.views AS views_total,
    t.likes AS likes_total,
    t.comments AS comments_total,
    t.shares AS shares_total,
    t.saves AS saves_total,
    round(t.impact_cents * 0.01, 2) AS total_impact_score,
    c.registered_at,
    (SELECT max(m.published_at) FROM {generation}.creator_videos m WHERE m.creator_id = t.creator_id)
        AS newest_video_at
FROM {generation}.creator_totals t
LEFT JOIN {generation}.creators c ON c.creator_id = t.creator_id
WHERE t.known > 0 OR t.videos > 0;

-- What views weigh in the trend score where the newest video was published after that time, as of this minute; else 1.
CREATE OR REPLACE VIEW content.trend_steps AS
SELECT step.factor, date_trunc('minute', statement_timestamp()) - step.age AS since
FROM (VALUES (10, interval '1 hour'), (5, interval '24 hours'), (2, interval '7 days')) AS step (factor, age);

CREATE OR REPLACE VIEW content.sounds AS
SELECT
    shown.*,
    shown.trend_score > 100000 AS trending
FROM (
    SELECT
        t.sound_id,
        s.title,
        s.author,
        s.duration_seconds,
        s.cover_url,
        t.videos AS videos_count,
        t.creators AS creators_count,
        t.views AS views_total,
        t.likes AS likes_total,
        t.comments AS comments_total,
        t.shares AS shares_total,
        t.saves AS saves_total,
        round(t.impact_cents * 0.01, 2) AS total_impact_score,
        t.newest_at AS last_used_at,
        t.views * coalesce((SELECT max(s.factor) FROM content.trend_steps s WHERE s.since < t.newest_at), 1) AS trend_score
    FROM {generation}.sound_totals t
    LEFT JOIN {generation}.sounds s ON s.sound_id = t.sound_id
    WHERE t.known > 0 OR t.videos > 0
) shown;

CREATE OR REPLACE VIEW content.hashtags AS
SELECT
    shown.*,
    shown.trend_score > 100000 AS trending
FROM (
    SELECT
        t.hashtag,
        t.name,
        t.videos AS videos_count,
        t.creators AS creators_count,
        t.views AS views_total,
        t.likes AS likes_total,
        t.comments AS comments_total,
        t.shares AS shares_total,
        t.saves AS saves_total,
        round(t.impact_cents * 0.01, 2) AS total_impact_score,
        t.newest_at AS last_seen_at,
        t.views * coalesce((SELECT max(s.factor) FROM content.trend_steps s WHERE s.since < t.newest_at), 1) AS trend_score
    FROM {generation}.hashtag_totals t
    WHERE t.videos > 0
) shown;

-- `deleted` comes with the community's own events, so that no video can bring it back.
CREATE OR REPLACE VIEW content.communities AS
SELECT
    t.community_id,
    c.name,
    c.description,
    coalesce(c.linked_hashtags, ARRAY[]::text[]) AS linked_hashtags,
    t.videos AS videos_count,
    t.creators AS creators_count,
    t.views AS views_total,
    t.likes AS likes_total,
    t.comments AS comments_total,
    t.shares AS shares_total,
    t.saves AS saves_total,
    round(t.impact_cents * 0.01, 2) AS total_impact_score
FROM {generation}.community_totals t
LEFT JOIN {generation}.communities c ON c.community_id = t.community_id
WHERE t.deleted = 0
  AND (t.known > 0 OR t.videos > 0)
