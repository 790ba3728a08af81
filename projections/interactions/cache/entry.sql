-- Rows of entries as they lie in Redis: those of the views, with what the score follows from at any time.
SELECT
    c.entry_id,
    c.author,
    c.title,
    c.resonances AS resonance_count,
    c.branches AS branch_count,
    c.amplifications AS amplification_count,
    c.shares AS share_count,
    to_char(c.created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS created_at,
    t.heat,
    c.heat_hour,
    c.version
FROM unnest(%(entry_id)s::text[]) AS k (entry_id)
CROSS JOIN LATERAL (
    SELECT
        v.entry_id, v.author, v.title, v.resonances, v.branches, v.amplifications, v.shares, v.created_at,
        v.heat_hour, v.version
    FROM interactions.known_entries AS v
    WHERE v.entry_id = k.entry_id AND v.is_there
    OFFSET 0
) AS c
LEFT JOIN {generation}.entry_trends AS t ON t.entry_id = k.entry_id
