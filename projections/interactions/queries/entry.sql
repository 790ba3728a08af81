-- One entry with its place in the forest, its counts and its score of now.
SELECT
    entry.entry_id,
    entry.author,
    entry.title,
    entry.parent_id,
    entry.root_id,
    entry.depth,
    entry.descendants,
    entry.created_at,
    counts.resonance_count,
    counts.branch_count,
    counts.amplification_count,
    counts.share_count,
    score.trending_score,
    counts.version
FROM interactions.entries AS entry
JOIN interactions.interaction_counts AS counts ON counts.entry_id = entry.entry_id
JOIN interactions.entry_scores AS score ON score.entry_id = entry.entry_id
WHERE entry.entry_id = %(entry_id)s
  AND counts.entry_id = %(entry_id)s
  AND score.entry_id = %(entry_id)s
