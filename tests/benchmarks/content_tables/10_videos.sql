-- Videos: most have few views, some have millions; likes, comments, shares and saves follow them. Half of all
-- videos are published in the last half year. Every 500th is removed, of every 97th
-- nobody knows when it was published.
SELECT setseed(0.1);
CREATE TEMPORARY TABLE drawn AS
SELECT
    n,
    exp(6.5 + 2.2 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()))::bigint AS views,
    random() AS liked,
    random() AS commented,
    random() AS shared,
    random() AS saved,
    floor({creators} * power(random(), 2))::int AS creator,
    CASE WHEN random() < 0.8 THEN floor({sounds} * power(random(), 3))::int END AS sound,
    ARRAY(SELECT DISTINCT floor({hashtags} * power(random(), 4.5))::int FROM generate_series(1, n % 4)) AS hashtags,
    CASE WHEN n % 3 = 0 THEN floor({communities} * power(random(), 3))::int END AS community,
    CASE WHEN n % 97 > 0 THEN now() - interval '730 days' * power(random(), 2) END AS published_at
FROM generate_series(1, {videos}) AS n;

INSERT INTO {generation}.videos
    (video_id, creator_id, sound_id, hashtags, communities, published_at, views, likes, comments, shares, saves,
     impact_cents, impact_updated_at, changed_at, cut_off, version, removed)
SELECT
    'video-' || lpad(n::text, 8, '0'),
    'creator-' || creator,
    'sound-' || sound,
    ARRAY(SELECT 'hashtag' || one FROM unnest(hashtags) AS one),
    CASE WHEN community IS NULL THEN '{{}}' ELSE ARRAY['community-' || community] END,
    published_at,
    views,
    likes,
    comments,
    shares,
    saves,
    div(10000000::numeric * comments + 10000 * shares + 100 * likes + views + 10000 * saves + 500, 1000),
    now(),
    now(),
    0,
    3,
    false
FROM drawn
CROSS JOIN LATERAL (
    SELECT
        floor(views * 0.08 * liked)::bigint AS likes,
        floor(views * 0.004 * commented)::bigint AS comments,
        floor(views * 0.01 * shared)::bigint AS shares,
        floor(views * 0.01 * saved)::bigint AS saves
) AS counted
WHERE n % 500 > 0;

INSERT INTO {generation}.videos
    (video_id, hashtags, communities, views, likes, comments, shares, saves, impact_cents, cut_off, version, removed)
SELECT 'video-' || lpad(n::text, 8, '0'), '{{}}', '{{}}', 0, 0, 0, 0, 0, 0, 0, 4, true
FROM drawn
WHERE n % 500 = 0;

INSERT INTO {generation}.video_texts (video_id, caption, description, duration_seconds, forms, search)
SELECT
    v.video_id,
    text.caption,
    text.description,
    15,
    '[]',
    lower(concat_ws(E'\n', text.caption, text.description, (SELECT string_agg('#' || h, E'\n') FROM unnest(v.hashtags) h)))
FROM {generation}.videos v
CROSS JOIN LATERAL (
    SELECT
        'How we ' || (ARRAY['planted', 'cleaned', 'painted', 'cooked', 'danced', 'built'])[1 + abs(hashtext(v.video_id)) % 6]
        || ' number ' || ltrim(substr(v.video_id, 7), '0') AS caption,
        'Filmed in ' || substr(md5(v.video_id), 1, 6) || ' with the über ' || chr(19968 + abs(hashtext(v.video_id)) % 20000)
        || chr(19968 + abs(hashtext(v.video_id)) / 7 % 20000) AS description
) AS text
WHERE NOT v.removed;
DROP TABLE drawn
