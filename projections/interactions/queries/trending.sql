-- The entries that trend most at this minute, by heat. What rounds to nothing does not trend.
WITH foremost AS (
    SELECT entry_id, heat
    FROM interactions.entry_trends
    ORDER BY heat DESC, entry_id
    LIMIT %(limit)s
)
SELECT
    row_number() OVER (ORDER BY foremost.heat DESC, foremost.entry_id) AS rank,
    foremost.entry_id,
    part.author,
    part.title,
    score.trending_score,
    part.resonance_count,
    part.branch_count,
    part.amplification_count,
    part.share_count
FROM foremost
CROSS JOIN LATERAL (
    SELECT *
    FROM interactions.tree_roots AS known
    WHERE known.entry_id = foremost.entry_id
    LIMIT 1
) AS part
CROSS JOIN LATERAL (
    SELECT known.trending_score
    FROM interactions.entry_scores AS known
    WHERE known.entry_id = foremost.entry_id
    LIMIT 1
) AS score
WHERE score.trending_score > 0
ORDER BY rank
