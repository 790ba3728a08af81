-- The ripples with the most actions in a window of whole minutes: its whole hours from the hour cells, the
-- parts of hours at its edges from the actions that the cells of those hours lead to.
WITH counted AS (
    SELECT cell.wave_id, cell.ripple_id, sum(cell.actions) AS actions
    FROM actions.activity AS cell
    WHERE cell.hour >= %(whole_from)s
      AND cell.hour < %(whole_until)s
      AND (%(wave_id)s::text IS NULL OR cell.wave_id = %(wave_id)s)
    GROUP BY cell.wave_id, cell.ripple_id
    UNION ALL
    SELECT edge.wave_id, edge.ripple_id, count(*)
    FROM (
        SELECT DISTINCT cell.wave_id, cell.ripple_id, cell.hour
        FROM actions.activity AS cell
        WHERE cell.hour = ANY (%(edge_hours)s)
          AND (%(wave_id)s::text IS NULL OR cell.wave_id = %(wave_id)s)
    ) edge
    JOIN actions.action_log AS action
      ON action.wave_id = edge.wave_id
     AND action.ripple_id = edge.ripple_id
     AND action.at >= greatest(edge.hour, %(since)s)
     AND action.at < least(edge.hour + interval '1 hour', %(until)s)
    GROUP BY edge.wave_id, edge.ripple_id
), foremost AS (
    SELECT wave_id, ripple_id, sum(actions)::bigint AS actions
    FROM counted
    GROUP BY wave_id, ripple_id
    ORDER BY sum(actions) DESC, wave_id, ripple_id
    LIMIT %(limit)s
)
SELECT
    row_number() OVER (ORDER BY foremost.actions DESC, foremost.wave_id, foremost.ripple_id) AS rank,
    foremost.wave_id,
    foremost.ripple_id,
    ripple.title,
    wave.title AS wave_title,
    foremost.actions,
    ripple.actions_total,
    ripple.impact,
    ripple.participants
FROM foremost
JOIN actions.ripple_counters AS ripple
  ON ripple.wave_id = foremost.wave_id
 AND ripple.ripple_id = foremost.ripple_id
JOIN actions.waves AS wave ON wave.wave_id = foremost.wave_id
ORDER BY rank
