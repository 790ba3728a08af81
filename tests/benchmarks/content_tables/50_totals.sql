-- What the videos of each creator, sound, hashtag and community add up to. Of creators, sounds and communities also
-- those without videos.
INSERT INTO {generation}.creator_totals
    (creator_id, known, videos, followers, registered_us, views, likes, comments, shares, saves, impact_cents)
SELECT
    creator_id, CASE WHEN c.creator_id IS NULL THEN 0 ELSE 1 END, coalesce(v.videos, 0), coalesce(c.followers, 0),
    coalesce((extract(epoch FROM c.registered_at) * 1000000)::bigint, 0),
    coalesce(v.views, 0), coalesce(v.likes, 0), coalesce(v.comments, 0), coalesce(v.shares, 0), coalesce(v.saves, 0),
    coalesce(v.impact_cents, 0)
FROM {generation}.creators c
FULL JOIN (
    SELECT creator_id, count(*) AS videos, sum(views) AS views, sum(likes) AS likes, sum(comments) AS comments,
        sum(shares) AS shares, sum(saves) AS saves, sum(impact_cents) AS impact_cents
    FROM {generation}.videos
    WHERE NOT removed
    GROUP BY creator_id
) v USING (creator_id);

INSERT INTO {generation}.sound_totals
    (sound_id, known, videos, creators, views, likes, comments, shares, saves, impact_cents, newest_at)
SELECT
    s.sound_id, 1, coalesce(v.videos, 0), coalesce(v.creators, 0),
    coalesce(v.views, 0), coalesce(v.likes, 0), coalesce(v.comments, 0), coalesce(v.shares, 0), coalesce(v.saves, 0),
    coalesce(v.impact_cents, 0), v.newest_at
FROM {generation}.sounds s
LEFT JOIN (
    SELECT sound_id, count(*) AS videos, count(DISTINCT creator_id) AS creators, sum(views) AS views,
        sum(likes) AS likes, sum(comments) AS comments, sum(shares) AS shares, sum(saves) AS saves,
        sum(impact_cents) AS impact_cents, max(published_at) AS newest_at
    FROM {generation}.videos
    WHERE NOT removed
    GROUP BY sound_id
) v ON v.sound_id = s.sound_id;

INSERT INTO {generation}.hashtag_totals
    (hashtag, videos, creators, views, likes, comments, shares, saves, impact_cents, newest_at, name)
SELECT
    hashtag, count(*), count(DISTINCT creator_id), sum(views), sum(likes), sum(comments), sum(shares), sum(saves),
    sum(impact_cents), max(published_at), initcap(hashtag)
FROM {generation}.videos, unnest(hashtags) AS hashtag
WHERE NOT removed
GROUP BY hashtag;

INSERT INTO {generation}.community_totals
    (community_id, known, deleted, videos, creators, views, likes, comments, shares, saves, impact_cents)
SELECT
    c.community_id, (NOT c.deleted)::int, c.deleted::int, coalesce(v.videos, 0), coalesce(v.creators, 0),
    coalesce(v.views, 0), coalesce(v.likes, 0), coalesce(v.comments, 0), coalesce(v.shares, 0), coalesce(v.saves, 0),
    coalesce(v.impact_cents, 0)
FROM {generation}.communities c
LEFT JOIN (
    SELECT community_id, count(*) AS videos, count(DISTINCT creator_id) AS creators, sum(views) AS views,
        sum(likes) AS likes, sum(comments) AS comments, sum(shares) AS shares, sum(saves) AS saves,
        sum(impact_cents) AS impact_cents
    FROM {generation}.videos, unnest(communities) AS community_id
    WHERE NOT removed
    GROUP BY community_id
) v ON v.community_id = c.community_id;

-- As the job that ages rows leaves them.
UPDATE {generation}.sound_totals
SET recency = CASE WHEN newest_at > now() - interval '1 hour' THEN 10 WHEN newest_at > now() - interval '1 day' THEN 5 ELSE 2 END
WHERE newest_at > now() - interval '7 days';
UPDATE {generation}.hashtag_totals
SET recency = CASE WHEN newest_at > now() - interval '1 hour' THEN 10 WHEN newest_at > now() - interval '1 day' THEN 5 ELSE 2 END
WHERE newest_at > now() - interval '7 days'
