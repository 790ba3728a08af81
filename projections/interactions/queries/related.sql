-- The entries that the users of an entry resonate with too, by cosine over users; of very many users, and of what one of
-- them resonates with, the newest are looked at. A row without an entry tells that there is none.
WITH own AS MATERIALIZED (
    SELECT entry_id, resonance_count
    FROM interactions.interaction_counts
    WHERE entry_id = %(entry_id)s
), looked_at AS MATERIALIZED (
    SELECT newest.user_id
    FROM own
    CROSS JOIN LATERAL (
        SELECT resonance.user_id
        FROM interactions.resonances AS resonance
        WHERE resonance.entry_id = own.entry_id
        ORDER BY resonance.resonated_at DESC, resonance.user_id DESC
        LIMIT %(users_max)s
    ) AS newest
), common AS MATERIALIZED (
    SELECT other.entry_id, count(*) AS users
    FROM looked_at
    CROSS JOIN LATERAL (
        SELECT resonance.entry_id
        FROM interactions.resonances AS resonance
        WHERE resonance.user_id = looked_at.user_id
        ORDER BY resonance.resonated_at DESC, resonance.entry_id DESC
        LIMIT %(user_entries_max)s
    ) AS other
    WHERE other.entry_id <> %(entry_id)s
    GROUP BY other.entry_id
    HAVING count(*) >= %(common_min)s
), foremost AS MATERIALIZED (
    SELECT
        common.entry_id,
        common.users AS common_users,
        counts.resonance_count,
        round(
            (
                common.users
                / sqrt((SELECT count(*) FROM looked_at)::double precision * counts.resonance_count)
            )::numeric,
            6
        ) AS cosine
    FROM common
    CROSS JOIN LATERAL (
        SELECT known.resonance_count
        FROM interactions.interaction_counts AS known
        WHERE known.entry_id = common.entry_id
        LIMIT 1
    ) AS counts
    ORDER BY cosine DESC, common.entry_id
    LIMIT %(limit)s
)
SELECT
    foremost.entry_id,
    part.author,
    part.title,
    foremost.cosine,
    foremost.common_users,
    foremost.resonance_count,
    coalesce((SELECT resonance_count FROM own), 0) > %(users_max)s AS is_sample
FROM (SELECT) AS one
LEFT JOIN foremost ON true
LEFT JOIN LATERAL (
    SELECT *
    FROM interactions.tree_roots AS known
    WHERE known.entry_id = foremost.entry_id
    LIMIT 1
) AS part ON true
ORDER BY foremost.cosine DESC, foremost.entry_id
