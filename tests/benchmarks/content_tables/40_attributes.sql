-- What creators, sounds and communities say of themselves; each community links ten hashtags. Every twentieth creator
-- has not registered.
INSERT INTO {generation}.creators
    (creator_id, username, display_name, bio, verified, followers, followers_at, registered_at, search,
        username_search)
SELECT
    'creator-' || n,
    'user' || n,
    'Maker ' || substr(md5(n::text), 1, 5),
    'Films from ' || substr(md5(n::text), 6, 5),
    n % 10 = 0,
    n * 7919 % 1000003,
    now(),
    now() - n * interval '20 minutes',
    lower(concat_ws(E'\n', 'user' || n, 'Maker ' || substr(md5(n::text), 1, 5), 'Films from ' || substr(md5(n::text), 6, 5))),
    'user' || n
FROM generate_series(0, {creators} - 1) AS n
WHERE n % 20 <> 19;

INSERT INTO {generation}.sounds (sound_id, title, author, duration_seconds, search)
SELECT
    'sound-' || n,
    'Song ' || substr(md5(n::text), 1, 5),
    'Band ' || n % 1000,
    30,
    lower('Song ' || substr(md5(n::text), 1, 5) || E'\n' || 'Band ' || n % 1000)
FROM generate_series(0, {sounds} - 1) AS n;

INSERT INTO {generation}.communities (community_id, name, description, linked_hashtags, deleted, search)
SELECT
    'community-' || n,
    'Friends of ' || substr(md5(n::text), 1, 5),
    'About ' || n,
    ARRAY(SELECT 'hashtag' || (n * 7 + one) % {hashtags} FROM generate_series(0, 9) AS one),
    n % 100 = 99,
    lower('Friends of ' || substr(md5(n::text), 1, 5) || E'\n' || 'About ' || n)
FROM generate_series(0, {communities} - 1) AS n
