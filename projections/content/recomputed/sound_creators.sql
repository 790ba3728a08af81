-- What each creator's videos with each sound add up to.
SELECT
    v.sound_id,
    v.creator_id,
    count(*) AS videos,
    sum(v.views) AS views,
    sum(v.likes) AS likes,
    sum(v.impact_cents) AS impact_cents
FROM {source} AS v
WHERE NOT v.removed AND v.creator_id IS NOT NULL AND v.sound_id IS NOT NULL
GROUP BY v.sound_id, v.creator_id
