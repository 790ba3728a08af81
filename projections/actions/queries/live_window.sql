-- The ripples with the most actions in a window that ends with this minute. Windows that are stored as of it are known,
-- and read in their order. The others (due) are computed only where, with all that entered since, they could get into
-- the list beside those that are known. A close ranks by score, so nothing is compared with it.
WITH due AS MATERIALIZED (
    SELECT wave_id, ripple_id, {window} AS entered
    FROM actions.ripple_trends_due
), known AS MATERIALIZED (
    (
        SELECT wave_id, ripple_id, {window} AS actions
        FROM actions.ripple_trends
        WHERE {window} > 0
          AND (SELECT windows_minute >= minute - 60 FROM actions.clock)
          AND (wave_id, ripple_id) NOT IN (SELECT wave_id, ripple_id FROM due)
        ORDER BY {window} DESC, wave_id, ripple_id
        LIMIT %(limit)s
    )
    UNION ALL
    (
        SELECT wave_id, ripple_id, entered
        FROM due
        WHERE entered > 0
          AND (SELECT windows_minute >= minute - 60 FROM actions.clock) IS NOT TRUE
        ORDER BY entered DESC, wave_id, ripple_id
        LIMIT %(limit)s
    )
), bar AS (
    SELECT CASE WHEN count(*) >= %(limit)s THEN min(actions) ELSE 1 END AS actions
    FROM known
), candidates AS (
    SELECT wave_id, ripple_id FROM known
    UNION
    SELECT due.wave_id, due.ripple_id
    FROM due
    LEFT JOIN actions.ripple_trends AS stored
      ON stored.wave_id = due.wave_id
     AND stored.ripple_id = due.ripple_id
     AND (SELECT windows_minute >= minute - 60 FROM actions.clock)
    WHERE due.entered + coalesce(stored.{window}, 0) >= (SELECT actions FROM bar)
), ranked AS (
    SELECT
        row_number() OVER (ORDER BY ripple.{window} DESC, ripple.wave_id, ripple.ripple_id) AS rank,
        ripple.wave_id,
        ripple.ripple_id,
        ripple.title,
        ripple.trending_score,
        ripple.actions_1h,
        ripple.actions_24h,
        ripple.actions_total,
        ripple.impact,
        ripple.participants
    FROM candidates
    JOIN actions.ripple_counters AS ripple
      ON ripple.wave_id = candidates.wave_id
     AND ripple.ripple_id = candidates.ripple_id
    WHERE ripple.{window} > 0
)
SELECT ranked.*, wave.title AS wave_title, NULL::bigint AS rank_change
FROM ranked
JOIN actions.waves AS wave ON wave.wave_id = ranked.wave_id
WHERE ranked.rank <= %(limit)s
ORDER BY ranked.rank
