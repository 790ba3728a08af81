-- What a weight of a bucket from an hour on touches, up to the next hour for which another one is set.
WITH steps AS (
    SELECT
        max(effective_from) FILTER (WHERE effective_from <= %(effective_from)s) AS before,
        min(effective_from) FILTER (WHERE effective_from > %(effective_from)s) AS until
    FROM actions.bucket_weights
    WHERE bucket = %(bucket)s
), cells AS (
    SELECT cell.wave_id, cell.ripple_id, cell.hour, cell.actions
    FROM steps
    JOIN actions.activity AS cell
      ON cell.hour >= %(effective_from)s
     AND cell.hour < coalesce(steps.until, 'infinity')
    WHERE cell.bucket = %(bucket)s
)
SELECT
    coalesce(
        (
            SELECT multiplier
            FROM actions.bucket_weights
            WHERE bucket = %(bucket)s AND effective_from = (SELECT before FROM steps)
        ),
        1
    ) AS multiplier_now,
    (SELECT until FROM steps) AS until,
    (SELECT coalesce(sum(actions), 0)::bigint FROM cells) AS actions,
    (SELECT count(*) FROM (SELECT DISTINCT wave_id, ripple_id FROM cells) ripple) AS ripples,
    (
        SELECT count(DISTINCT action.user_id)
        FROM cells
        JOIN actions.action_log AS action
          ON action.wave_id = cells.wave_id
         AND action.ripple_id = cells.ripple_id
         AND action.at >= cells.hour
         AND action.at < cells.hour + interval '1 hour'
        WHERE action.bucket = %(bucket)s
    ) AS users
