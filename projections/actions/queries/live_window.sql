-- The ripples with the most actions in a window that ends with this minute. Windows that the minute job has not
-- come to yet are computed, the others are read in their order; those that are an hour behind are of no use.
WITH due AS MATERIALIZED (
    SELECT wave_id, ripple_id, {window} AS actions
    FROM actions.ripple_trends_due
), stored AS (
    SELECT wave_id, ripple_id, {window} AS actions
    FROM actions.ripple_trends
    WHERE {window} > 0
      AND (SELECT windows_minute >= minute - 60 FROM actions.clock)
      AND (wave_id, ripple_id) NOT IN (SELECT wave_id, ripple_id FROM due)
    ORDER BY {window} DESC, wave_id, ripple_id
    LIMIT %(limit)s
), foremost AS (
    SELECT wave_id, ripple_id, actions
    FROM (
        SELECT wave_id, ripple_id, actions FROM stored
        UNION ALL
        SELECT wave_id, ripple_id, actions FROM due WHERE actions > 0
    ) AS both_kinds
    ORDER BY actions DESC, wave_id, ripple_id
    LIMIT %(limit)s
), ranked AS (
    SELECT
        row_number() OVER (ORDER BY foremost.actions DESC, foremost.wave_id, foremost.ripple_id) AS rank,
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
)
SELECT ranked.*, wave.title AS wave_title, closed.rank - ranked.rank AS rank_change
FROM ranked
JOIN actions.waves AS wave ON wave.wave_id = ranked.wave_id
LEFT JOIN actions.last_ranks AS closed
  ON closed.wave_id = ranked.wave_id
 AND closed.ripple_id = ranked.ripple_id
ORDER BY ranked.rank
