-- What users do: some entries have thousands who resonate with them, most a few; of ten users one amplifies as well.
CREATE TEMPORARY TABLE acted AS
SELECT DISTINCT ON (entry, person)
    floor({entries} * power(random(), 3))::bigint AS entry,
    floor({users} * power(random(), 1.5))::bigint AS person,
    date_trunc('second', now() - interval '30 days' * power(random(), 2)) AS at,
    random() AS kind
FROM generate_series(1, {resonances}) AS n;

INSERT INTO {generation}.user_entries (entry_id, user_id, has_resonated, resonated_at, has_amplified, amplified_at)
SELECT
    'entry-' || entry,
    'user-' || person,
    kind < 0.95,
    CASE WHEN kind < 0.95 THEN at END,
    kind >= 0.9,
    CASE WHEN kind >= 0.9 THEN at END
FROM acted;

-- Of every tenth entry nothing but its branch is known, unless somebody did something to it.
INSERT INTO {generation}.entries
    (entry_id, author, title, created_at, announced, deleted, resonances, amplifications, shares, version, heat_sum,
     heat_hour)
SELECT
    'entry-' || walked.n,
    'user-' || walked.n % {users},
    'Entry ' || walked.n,
    now() - interval '30 days' * (1 - walked.n / {entries}::double precision),
    true,
    false,
    coalesce(done.resonances, 0),
    coalesce(done.amplifications, 0),
    walked.n % 7,
    1 + coalesce(done.resonances, 0) + coalesce(done.amplifications, 0) + walked.n % 7,
    coalesce(done.resonances + 3 * done.amplifications, 0) * random(),
    extract(epoch FROM coalesce(done.newest, now()))::bigint / 3600
FROM walked
LEFT JOIN (
    SELECT
        entry,
        count(*) FILTER (WHERE kind < 0.95) AS resonances,
        count(*) FILTER (WHERE kind >= 0.9) AS amplifications,
        max(at) AS newest
    FROM acted
    GROUP BY entry
) AS done ON done.entry = walked.n
WHERE walked.n % 10 > 0 OR done.entry IS NOT NULL;

INSERT INTO {generation}.activity (entry_id, hour, resonances, amplifications, shares, branches)
SELECT
    'entry-' || entry,
    extract(epoch FROM at)::bigint / 3600,
    count(*) FILTER (WHERE kind < 0.95),
    count(*) FILTER (WHERE kind >= 0.9),
    0,
    0
FROM acted
GROUP BY entry, extract(epoch FROM at)::bigint / 3600
