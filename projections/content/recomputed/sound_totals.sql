-- What the videos with each sound add up to, and whether the sound was announced.
SELECT
    f.sound_id,
    sum(f.known) AS known,
    count(f.video_id) AS videos,
    count(DISTINCT f.creator_id) AS creators,
    sum(f.views) AS views,
    sum(f.likes) AS likes,
    sum(f.comments) AS comments,
    sum(f.shares) AS shares,
    sum(f.saves) AS saves,
    sum(f.impact_cents) AS impact_cents,
    max(f.published_at) AS newest_at
FROM (
    SELECT
        v.sound_id, v.video_id, v.creator_id, v.published_at, 0 AS known,
        v.views, v.likes, v.comments, v.shares, v.saves, v.impact_cents
    FROM {source} AS v
    WHERE NOT v.removed AND v.sound_id IS NOT NULL
    UNION ALL
    SELECT s.sound_id, NULL, NULL, NULL, 1, 0, 0, 0, 0, 0, 0
    FROM {generation}.sounds AS s
) AS f
GROUP BY f.sound_id
