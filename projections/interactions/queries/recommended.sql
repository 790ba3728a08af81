-- The entries related to those that a user resonates with, the newest of these, and that the user did not act on: by the
-- sum of their cosines. Of each entry's users, and of what each of them resonates with, so many of the newest are looked
-- at. A row without an entry tells that there is none.
WITH own AS MATERIALIZED (
    SELECT resonance.entry_id, counts.resonance_count
    FROM interactions.resonances AS resonance
    CROSS JOIN LATERAL (
        SELECT known.resonance_count
        FROM interactions.interaction_counts AS known
        WHERE known.entry_id = resonance.entry_id
        LIMIT 1
    ) AS counts
    WHERE resonance.user_id = %(user_id)s
    ORDER BY resonance.resonated_at DESC, resonance.entry_id DESC
    LIMIT %(entries_max)s
), looked_at AS MATERIALIZED (
    SELECT own.entry_id, sqrt(least(own.resonance_count, %(users_max)s)::double precision) AS length, newest.user_id
    FROM own
    CROSS JOIN LATERAL (
        SELECT resonance.user_id
        FROM interactions.resonances AS resonance
        WHERE resonance.entry_id = own.entry_id
        ORDER BY resonance.resonated_at DESC, resonance.user_id DESC
        LIMIT %(users_max)s
    ) AS newest
), summed AS MATERIALIZED (
    SELECT common.entry_id, sum(common.users / common.length) AS weight, count(*) AS related_to
    FROM (
        SELECT looked_at.entry_id AS own_id, looked_at.length, other.entry_id, count(*) AS users
        FROM looked_at
        CROSS JOIN LATERAL (
            SELECT resonance.entry_id
            FROM interactions.resonances AS resonance
            WHERE resonance.user_id = looked_at.user_id
            ORDER BY resonance.resonated_at DESC, resonance.entry_id DESC
            LIMIT %(user_entries_max)s
        ) AS other
        GROUP BY looked_at.entry_id, looked_at.length, other.entry_id
        HAVING count(*) >= %(common_min)s
    ) AS common
    GROUP BY common.entry_id
), foremost AS MATERIALIZED (
    SELECT
        summed.entry_id,
        summed.related_to,
        counts.resonance_count,
        round((summed.weight / sqrt(counts.resonance_count::double precision))::numeric, 6) AS score
    FROM summed
    CROSS JOIN LATERAL (
        SELECT known.resonance_count
        FROM interactions.interaction_counts AS known
        WHERE known.entry_id = summed.entry_id
        LIMIT 1
    ) AS counts
    WHERE NOT EXISTS (
        SELECT
        FROM interactions.user_states AS state
        WHERE state.user_id = %(user_id)s AND state.entry_id = summed.entry_id
    )
    ORDER BY score DESC, summed.entry_id
    LIMIT %(limit)s
)
SELECT
    foremost.entry_id,
    part.author,
    part.title,
    foremost.score,
    foremost.related_to,
    foremost.resonance_count,
    coalesce((SELECT max(resonance_count) FROM own), 0) > %(users_max)s AS is_sample
FROM (SELECT) AS one
LEFT JOIN foremost ON true
LEFT JOIN LATERAL (
    SELECT *
    FROM interactions.tree_roots AS known
    WHERE known.entry_id = foremost.entry_id
    LIMIT 1
) AS part ON true
ORDER BY foremost.score DESC, foremost.entry_id
