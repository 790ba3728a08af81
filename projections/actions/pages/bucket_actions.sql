-- The live actions of a bucket from one hour to before another (or to the end), in the waves of a partition.
-- The hour cells lead to them, so that no index over all actions by bucket and time is needed. Each cell holds
-- a live action, so that one cell more than the limit, for the one where the last page ended, fills the page.
WITH reached AS (
    SELECT
        to_timestamp(coalesce((%(cursor)s::jsonb ->> 2)::bigint, %(from_hour)s::bigint) * 3600) AS hour,
        coalesce(%(cursor)s::jsonb ->> 0, '') AS wave_id,
        coalesce(%(cursor)s::jsonb ->> 3, '') AS ripple_id,
        coalesce((%(cursor)s::jsonb ->> 4)::timestamptz, '-infinity') AS at,
        coalesce(%(cursor)s::jsonb ->> 1, '') AS action_id
), cell AS (
    SELECT
        h.hour,
        h.wave_id,
        h.ripple_id,
        to_timestamp(h.hour * 3600) AS start,
        CASE
            WHEN to_timestamp(h.hour * 3600) = (SELECT hour FROM reached)
             AND h.wave_id = (SELECT wave_id FROM reached)
             AND h.ripple_id = (SELECT ripple_id FROM reached)
            THEN greatest(to_timestamp(h.hour * 3600), (SELECT at FROM reached))
            ELSE to_timestamp(h.hour * 3600)
        END AS since
    FROM {generation}.activity_hours AS h
    JOIN {generation}.waves AS w ON w.wave_id = h.wave_id
    WHERE h.bucket = %(bucket)s
      AND h.actions > 0
      AND w.partition = %(partition)s
      AND NOT w.deleted
      AND (to_timestamp(h.hour * 3600), h.wave_id, h.ripple_id)
          >= ((SELECT hour FROM reached), (SELECT wave_id FROM reached), (SELECT ripple_id FROM reached))
      AND to_timestamp(h.hour * 3600)
          < coalesce(to_timestamp(%(until_hour)s::bigint * 3600), 'infinity')
    ORDER BY to_timestamp(h.hour * 3600), h.wave_id, h.ripple_id
    LIMIT %(limit)s::bigint + 1
)
SELECT cell.wave_id, action.action_id, cell.hour, cell.ripple_id, action.at::text
FROM cell
CROSS JOIN reached
JOIN {generation}.actions AS action
  ON action.wave_id = cell.wave_id
 AND action.ripple_id = cell.ripple_id
 AND action.bucket = %(bucket)s
 AND action.at >= cell.since
 AND action.at < cell.start + interval '1 hour'
WHERE (cell.start, cell.wave_id, cell.ripple_id, action.at, action.action_id)
      > (reached.hour, reached.wave_id, reached.ripple_id, reached.at, reached.action_id)
ORDER BY cell.start, cell.wave_id, cell.ripple_id, action.at, action.action_id
LIMIT %(limit)s
