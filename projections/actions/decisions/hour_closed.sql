-- Who trends at the end of an hour: the ripples in which anything that counts happened in the 24 hours up to it,
-- scored by what counts of the last ten days, the first ones with what the close says of them.
WITH ending AS (
    SELECT
        %(nominal_time)s::timestamptz AS at,
        extract(epoch FROM %(nominal_time)s::timestamptz)::bigint / 3600 AS hour
), active AS (
    SELECT h.wave_id, h.ripple_id
    FROM {generation}.activity_hours AS h
    WHERE to_timestamp(h.hour * 3600) >= %(nominal_time)s::timestamptz - interval '24 hours'
      AND to_timestamp(h.hour * 3600) < %(nominal_time)s::timestamptz
      AND h.actions > 0
    UNION
    SELECT i.wave_id, i.ripple_id
    FROM {generation}.interest_hours AS i
    WHERE i.hour >= (SELECT hour FROM ending) - 24
      AND i.hour < (SELECT hour FROM ending)
      AND i.amount > 0
), scored AS (
    SELECT
        r.wave_id,
        r.ripple_id,
        r.participants,
        did.actions_1h,
        did.actions_24h,
        round((did.score + interested.score)::numeric, 6) AS score
    FROM active
    CROSS JOIN ending
    JOIN {generation}.waves AS w ON w.wave_id = active.wave_id AND NOT w.deleted
    JOIN {generation}.ripples AS r
      ON r.wave_id = active.wave_id AND r.ripple_id = active.ripple_id AND NOT r.deleted
    CROSS JOIN LATERAL (
        SELECT
            coalesce(sum(h.actions) FILTER (WHERE h.hour = ending.hour - 1), 0)::bigint AS actions_1h,
            coalesce(sum(h.actions) FILTER (WHERE h.hour >= ending.hour - 24), 0)::bigint AS actions_24h,
            -- All actions of a cell weigh the same, so the cell's weight is its impact over its actions.
            coalesce(sum(
                h.heat_units * (h.impact_micros::double precision / h.actions) * 1e-12
                * power(2::double precision, (h.hour - ending.hour) / {half_life_hours}::double precision)
            ), 0) AS score
        FROM {generation}.activity_hours AS h
        WHERE h.wave_id = active.wave_id
          AND h.ripple_id = active.ripple_id
          AND h.hour >= ending.hour - 240
          AND h.hour < ending.hour
          AND h.actions > 0
    ) AS did
    CROSS JOIN LATERAL (
        SELECT
            coalesce(sum(
                i.heat_units * 1e-6
                * power(2::double precision, (i.hour - ending.hour) / {half_life_hours}::double precision)
            ), 0) AS score
        FROM {generation}.interest_hours AS i
        WHERE i.wave_id = active.wave_id
          AND i.ripple_id = active.ripple_id
          AND i.hour >= ending.hour - 240
          AND i.hour < ending.hour
    ) AS interested
), foremost AS (
    SELECT row_number() OVER (ORDER BY scored.score DESC, scored.wave_id, scored.ripple_id) AS rank, scored.*
    FROM scored
    ORDER BY scored.score DESC, scored.wave_id, scored.ripple_id
    LIMIT %(limit)s
), written AS (
    -- The close before this one as it was written, folded or not yet; its text is emptied when it is old.
    SELECT max(o.nominal_time) AS at
    FROM groundswell.outbox AS o
    WHERE o.system = 'actions'
      AND o.decision = 'hour_closed'
      AND o.nominal_time < %(nominal_time)s
      AND o.record_value <> ''
), folded AS (
    SELECT to_timestamp((max(c.hour) + 1) * 3600) AS at
    FROM {generation}.closed_hours AS c
    WHERE c.hour < (SELECT hour FROM ending) - 1 AND c.complete
), previous AS MATERIALIZED (
    SELECT entry.wave_id, entry.ripple_id, entry.rank
    FROM written
    CROSS JOIN folded
    JOIN groundswell.outbox AS o
      ON o.system = 'actions' AND o.decision = 'hour_closed' AND o.nominal_time = written.at
    CROSS JOIN LATERAL jsonb_to_recordset(convert_from(o.record_value, 'UTF8')::jsonb -> 'entries')
        AS entry (wave_id text, ripple_id text, rank bigint)
    WHERE folded.at IS NULL OR written.at > folded.at
    UNION ALL
    SELECT t.wave_id, t.ripple_id, t.rank
    FROM written
    CROSS JOIN folded
    JOIN {generation}.trending_scores AS t ON to_timestamp(t.hour * 3600) = folded.at - interval '1 hour'
    WHERE written.at IS NULL OR written.at <= folded.at
)
SELECT
    foremost.rank,
    foremost.wave_id,
    foremost.ripple_id,
    foremost.score,
    foremost.actions_1h,
    foremost.actions_24h,
    -- Who came only after the hour's end does not count yet.
    foremost.participants - (
        SELECT count(*)
        FROM (
            SELECT a.user_id
            FROM {generation}.actions AS a
            WHERE a.wave_id = foremost.wave_id
              AND a.ripple_id = foremost.ripple_id
              AND a.at >= %(nominal_time)s
            UNION
            SELECT m.user_id
            FROM {generation}.memberships AS m
            WHERE m.wave_id = foremost.wave_id
              AND m.ripple_id = foremost.ripple_id
              AND m.joined_at >= %(nominal_time)s
        ) AS later
        WHERE NOT EXISTS (
                SELECT FROM {generation}.actions AS a
                WHERE a.user_id = later.user_id
                  AND a.wave_id = foremost.wave_id
                  AND a.at < %(nominal_time)s
                  AND a.ripple_id = foremost.ripple_id
            )
          AND NOT EXISTS (
                SELECT FROM {generation}.memberships AS m
                WHERE m.wave_id = foremost.wave_id
                  AND m.ripple_id = foremost.ripple_id
                  AND m.user_id = later.user_id
                  AND m.joined_at < %(nominal_time)s
            )
    ) AS participants,
    previous.rank AS previous_rank
FROM foremost
LEFT JOIN previous ON previous.wave_id = foremost.wave_id AND previous.ripple_id = foremost.ripple_id
ORDER BY foremost.rank
