-- The ripples that trend most at this minute, by heat. What rounds to nothing does not trend.
WITH foremost AS (
    SELECT wave_id, ripple_id, heat
    FROM actions.ripple_trends
    WHERE heat IS NOT NULL
    ORDER BY heat DESC NULLS LAST, wave_id, ripple_id
    LIMIT %(limit)s
), ranked AS (
    SELECT
        row_number() OVER (ORDER BY foremost.heat DESC, foremost.wave_id, foremost.ripple_id) AS rank,
        ripple.wave_id,
        ripple.ripple_id,
        ripple.title,
        ripple.trending_score,
        ripple.actions_1h,
        ripple.actions_24h,
        ripple.actions_total,
        ripple.impact,
        ripple.participants
    FROM foremost
    JOIN actions.ripple_counters AS ripple
      ON ripple.wave_id = foremost.wave_id
     AND ripple.ripple_id = foremost.ripple_id
    WHERE ripple.trending_score > 0
)
SELECT ranked.*, wave.title AS wave_title, closed.rank - ranked.rank AS rank_change
FROM ranked
JOIN actions.waves AS wave ON wave.wave_id = ranked.wave_id
LEFT JOIN actions.last_ranks AS closed
  ON closed.wave_id = ranked.wave_id
 AND closed.ripple_id = ranked.ripple_id
ORDER BY ranked.rank
