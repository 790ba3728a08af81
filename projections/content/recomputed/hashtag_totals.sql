-- What the videos with each hashtag add up to, and its name: as the earliest of them writes it.
SELECT
    fed.*,
    (
        SELECT n.form
        FROM {generation}.hashtag_names AS n
        WHERE n.hashtag = fed.hashtag
        ORDER BY n.at, n.video_id
        LIMIT 1
    ) AS name
FROM (
    SELECT
        h.hashtag,
        count(*) AS videos,
        count(DISTINCT v.creator_id) AS creators,
        sum(v.views) AS views,
        sum(v.likes) AS likes,
        sum(v.comments) AS comments,
        sum(v.shares) AS shares,
        sum(v.saves) AS saves,
        sum(v.impact_cents) AS impact_cents,
        max(v.published_at) AS newest_at
    FROM {source} AS v
    CROSS JOIN LATERAL unnest(v.hashtags) AS h (hashtag)
    WHERE NOT v.removed
    GROUP BY h.hashtag
) AS fed
