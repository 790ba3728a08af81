-- The counts of some entries, in the order in which they were asked for; those that there are.
SELECT
    found.entry_id, found.resonance_count, found.branch_count, found.amplification_count, found.share_count,
    found.version
FROM unnest(%(entry_ids)s::text[]) WITH ORDINALITY AS wanted (entry_id, place)
CROSS JOIN LATERAL (
    SELECT *
    FROM interactions.interaction_counts AS counts
    WHERE counts.entry_id = wanted.entry_id
    LIMIT 1
) AS found
ORDER BY wanted.place
