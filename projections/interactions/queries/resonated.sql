-- A page of who resonates with an entry, the newest first, behind a place: for anybody when no asker is given, else only
-- when that is the author. A row with the author alone tells that nobody does, or that the asker may not know.
SELECT entry.author, found.user_id, found.resonated_at
FROM (
    SELECT entry_id, author
    FROM interactions.tree_roots
    WHERE entry_id = %(entry_id)s AND NOT removed
    LIMIT 1
) AS entry
LEFT JOIN LATERAL (
    SELECT resonance.user_id, resonance.resonated_at
    FROM interactions.resonances AS resonance
    WHERE resonance.entry_id = %(entry_id)s
      AND resonance.resonated_at <= coalesce(%(after_at)s::timestamptz, 'infinity')
      AND (
            %(after_at)s::timestamptz IS NULL
         OR (resonance.resonated_at, resonance.user_id) < (%(after_at)s::timestamptz, %(after_user_id)s::text)
      )
      AND (%(asker)s::text IS NULL OR %(asker)s = entry.author)
    ORDER BY resonance.resonated_at DESC, resonance.user_id DESC
    LIMIT %(limit)s
) AS found ON true
ORDER BY found.resonated_at DESC, found.user_id DESC
