-- A user's states for some entries, one row for each in the order in which they were asked for.
SELECT
    wanted.entry_id,
    coalesce(found.has_resonated, false) AS has_resonated,
    found.resonated_at,
    coalesce(found.has_amplified, false) AS has_amplified,
    found.amplified_at
FROM unnest(%(entry_ids)s::text[]) WITH ORDINALITY AS wanted (entry_id, place)
LEFT JOIN LATERAL (
    SELECT *
    FROM interactions.user_states AS state
    WHERE state.user_id = %(user_id)s AND state.entry_id = wanted.entry_id
    LIMIT 1
) AS found ON true
ORDER BY wanted.place
