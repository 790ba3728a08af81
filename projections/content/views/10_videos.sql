-- Videos, and what crawlers saw of them. Impact is stored in hundredths. What is deleted is hidden here from the moment
-- of its event.

CREATE OR REPLACE VIEW content.videos AS
SELECT
    v.video_id,
    v.creator_id,
    v.sound_id,
    t.caption,
    t.description,
    v.hashtags,
    ARRAY(
        SELECT one.community_id
        FROM unnest(v.communities) WITH ORDINALITY AS one (community_id, place)
        WHERE NOT EXISTS (
            SELECT FROM {generation}.communities c WHERE c.community_id = one.community_id AND c.deleted
        )
        ORDER BY one.place
    ) AS communities,
    t.duration_seconds,
    t.thumbnail_url,
    v.views,
    v.likes,
    v.comments,
    v.shares,
    v.saves,
    round(v.impact_cents * 0.01, 2) AS impact_score,
    v.impact_updated_at,
    v.published_at,
    v.version,
    v.cut_off
FROM {generation}.videos v
LEFT JOIN {generation}.video_texts t ON t.video_id = v.video_id
WHERE NOT v.removed;

CREATE OR REPLACE VIEW content.observations AS
SELECT
    o.video_id,
    o.observation_id,
    o.at,
    o.views,
    o.likes,
    o.comments,
    o.shares,
    o.saves,
    o.applied,
    o.stale
FROM {generation}.observations o
JOIN {generation}.videos v ON v.video_id = o.video_id
WHERE NOT v.removed
