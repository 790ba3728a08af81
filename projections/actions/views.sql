-- The stable views of system 1 over one generation. Impact and quantities are stored in millionths, and
-- multiplied here by an exact decimal. What is deleted is hidden by these joins from the moment of its event;
-- its rows are purged later.

-- The current minute and hour by this server's clock, as whole ones since 1970, and the minute as of which all
-- stored windows are right: null before the first recalculation.
CREATE OR REPLACE VIEW actions.clock AS
SELECT
    floor(extract(epoch FROM statement_timestamp()) / 60)::bigint AS minute,
    floor(extract(epoch FROM statement_timestamp()) / 3600)::bigint AS hour,
    (
        SELECT floor(extract(epoch FROM recalculated.as_of) / 60)::bigint
        FROM groundswell.generations AS live
        JOIN groundswell.recalculations AS recalculated
          ON recalculated.system = live.system
         AND recalculated.generation = live.generation
        WHERE live.system = 'actions'
          AND live.active
          AND recalculated.table_name = 'ripple_trends'
    ) AS windows_minute;

CREATE OR REPLACE VIEW actions.waves AS
SELECT
    wave_id,
    title,
    allowed_buckets,
    category,
    what_we_count,
    ripples,
    actions,
    trim_scale(impact_micros * 0.000001) AS impact,
    created_at
FROM {generation}.waves
WHERE NOT deleted
  AND (announced OR ripples > 0);

-- Tombstones of actions have no time, so that the newest time is that of a live one. Windows are read from where
-- they are stored when those are as of this minute, else computed. 2^-500 is nothing, and no underflow.
CREATE OR REPLACE VIEW actions.ripple_counters AS
SELECT
    r.ripple_id,
    r.wave_id,
    r.title,
    coalesce(
        CASE WHEN (SELECT windows_minute >= minute FROM actions.clock) THEN
            (SELECT t.actions_1h FROM {generation}.ripple_trends t WHERE (t.wave_id, t.ripple_id) = (r.wave_id, r.ripple_id))
        ELSE
            (SELECT t.actions_1h FROM {generation}.ripple_trends_now(r.wave_id, r.ripple_id) t)
        END,
        0
    ) AS actions_1h,
    coalesce(
        CASE WHEN (SELECT windows_minute >= minute FROM actions.clock) THEN
            (SELECT t.actions_24h FROM {generation}.ripple_trends t WHERE (t.wave_id, t.ripple_id) = (r.wave_id, r.ripple_id))
        ELSE
            (SELECT t.actions_24h FROM {generation}.ripple_trends_now(r.wave_id, r.ripple_id) t)
        END,
        0
    ) AS actions_24h,
    r.actions AS actions_total,
    trim_scale(r.impact_micros * 0.000001) AS impact,
    r.participants,
    r.boost_points,
    CASE WHEN r.heat_sum > 0 AND r.heat_hour >= (SELECT hour - 240 FROM actions.clock) THEN
        trim_scale(
            round(
                (
                    r.heat_sum * power(
                        2::double precision,
                        greatest(
                            (r.heat_hour - (SELECT minute / 60::double precision FROM actions.clock))
                                / {half_life_hours}::double precision,
                            -500
                        )
                    )
                )::numeric,
                6
            )
        )
    ELSE
        0
    END AS trending_score,
    (SELECT max(a.at) FROM {generation}.actions a WHERE a.wave_id = r.wave_id AND a.ripple_id = r.ripple_id)
        AS last_action_at,
    r.version
FROM {generation}.ripples r
JOIN {generation}.waves w ON w.wave_id = r.wave_id
WHERE NOT w.deleted
  AND NOT r.deleted
  AND (r.announced OR r.actions > 0 OR r.joined > 0 OR r.boost_points > 0);

-- The windows of the ripples in which anything counted, each as of its own minute: lists are read by their
-- indexes. Heat orders ripples at any moment; the score at t (hours since 2020) is 2^(heat - t / half-life).
CREATE OR REPLACE VIEW actions.ripple_trends AS
SELECT
    t.wave_id,
    t.ripple_id,
    to_timestamp(t.minute * 60) AS minute,
    t.actions_1h,
    t.actions_24h,
    t.heat
FROM {generation}.ripple_trends t
JOIN {generation}.waves w ON w.wave_id = t.wave_id
JOIN {generation}.ripples r ON r.wave_id = t.wave_id AND r.ripple_id = t.ripple_id
WHERE NOT w.deleted
  AND NOT r.deleted;

-- The ripples whose stored windows may be of an earlier minute, with those of this one: none while the stored ones
-- are as of now. Those that were not recalculated for an hour are of no use: then all that acted in a day are here.
CREATE OR REPLACE VIEW actions.ripple_trends_due AS
SELECT
    due.wave_id,
    due.ripple_id,
    t.actions_1h,
    t.actions_24h,
    t.heat
FROM (
    SELECT m.wave_id, m.ripple_id
    FROM {generation}.activity_minutes m
    WHERE m.minute > (
            SELECT CASE WHEN windows_minute >= minute - 60 THEN windows_minute ELSE minute - 1440 END
            FROM actions.clock
        )
      AND m.minute <= (SELECT minute FROM actions.clock)
    UNION
    SELECT m.wave_id, m.ripple_id
    FROM {generation}.activity_minutes m
    WHERE m.minute > (SELECT windows_minute - 60 FROM actions.clock)
      AND m.minute <= (SELECT minute - 60 FROM actions.clock)
    UNION
    SELECT m.wave_id, m.ripple_id
    FROM {generation}.activity_minutes m
    WHERE m.minute > (SELECT windows_minute - 1440 FROM actions.clock)
      AND m.minute <= (SELECT minute - 1440 FROM actions.clock)
) due
JOIN {generation}.waves w ON w.wave_id = due.wave_id
CROSS JOIN LATERAL {generation}.ripple_trends_at(
    due.wave_id, due.ripple_id, (SELECT minute FROM actions.clock)
) t
WHERE NOT w.deleted;

CREATE OR REPLACE VIEW actions.action_log AS
SELECT
    a.action_id,
    a.ripple_id,
    a.wave_id,
    a.user_id,
    a.bucket,
    trim_scale(a.quantity_micros * 0.000001) AS quantity,
    a.unit,
    a.note,
    a.at
FROM {generation}.actions a
JOIN {generation}.waves w ON w.wave_id = a.wave_id
JOIN {generation}.ripples r ON r.wave_id = a.wave_id AND r.ripple_id = a.ripple_id
WHERE a.at IS NOT NULL
  AND NOT w.deleted
  AND NOT r.deleted;

-- What users still hold in ripples that are deleted and not purged yet is subtracted: at nearly all times
-- there is no such ripple, and one look into the index on `purging` says so.
CREATE OR REPLACE VIEW actions.user_waves AS
SELECT
    u.user_id,
    u.wave_id,
    u.actions - coalesce(gone.actions, 0) AS actions,
    trim_scale((u.impact_micros - coalesce(gone.impact_micros, 0)) * 0.000001) AS impact,
    u.ripples_joined - coalesce(gone.ripples_joined, 0) AS ripples_joined,
    (
        SELECT a.at
        FROM {generation}.actions a
        JOIN {generation}.ripples r ON r.wave_id = a.wave_id AND r.ripple_id = a.ripple_id
        WHERE a.user_id = u.user_id AND a.wave_id = u.wave_id AND NOT r.deleted
        ORDER BY a.at
        LIMIT 1
    ) AS first_action_at,
    (
        SELECT a.at
        FROM {generation}.actions a
        JOIN {generation}.ripples r ON r.wave_id = a.wave_id AND r.ripple_id = a.ripple_id
        WHERE a.user_id = u.user_id AND a.wave_id = u.wave_id AND NOT r.deleted
        ORDER BY a.at DESC
        LIMIT 1
    ) AS last_action_at
FROM {generation}.user_waves u
JOIN {generation}.waves w ON w.wave_id = u.wave_id
LEFT JOIN (
    SELECT
        held.wave_id,
        held.user_id,
        sum(held.actions)::bigint AS actions,
        sum(held.impact_micros)::bigint AS impact_micros,
        sum(held.ripples_joined)::bigint AS ripples_joined
    FROM (
        SELECT a.wave_id, a.user_id, 1 AS actions, a.weight_micros AS impact_micros, 0 AS ripples_joined
        FROM {generation}.ripples r
        JOIN {generation}.actions a ON a.wave_id = r.wave_id AND a.ripple_id = r.ripple_id
        WHERE r.purging AND a.user_id IS NOT NULL
        UNION ALL
        SELECT m.wave_id, m.user_id, 0, 0, 1
        FROM {generation}.ripples r
        JOIN {generation}.memberships m ON m.wave_id = r.wave_id AND m.ripple_id = r.ripple_id
        WHERE r.purging AND m.joined
    ) held
    GROUP BY held.wave_id, held.user_id
) gone ON gone.wave_id = u.wave_id AND gone.user_id = u.user_id
WHERE NOT w.deleted
  AND (u.actions > coalesce(gone.actions, 0) OR u.ripples_joined > coalesce(gone.ripples_joined, 0));

-- Filtered by user_id it reads that user's waves and units through their primary keys, and nothing else.
CREATE OR REPLACE VIEW actions.user_impact_summaries AS
SELECT
    by_category.user_id,
    sum(by_category.actions)::bigint AS actions,
    trim_scale(sum(by_category.impact)) AS impact,
    sum(by_category.ripples_joined)::bigint AS ripples_joined,
    sum(by_category.waves)::bigint AS waves,
    min(by_category.first_action_at) AS first_action_at,
    max(by_category.last_action_at) AS last_action_at,
    coalesce(
        jsonb_object_agg(by_category.category, trim_scale(by_category.impact))
            FILTER (WHERE by_category.actions > 0),
        '{{}}'
    ) AS by_category,
    coalesce(
        (
            SELECT jsonb_object_agg(achieved.unit, trim_scale(achieved.quantity_micros * 0.000001))
            FROM (
                SELECT
                    n.unit,
                    sum(n.actions - gone.actions) AS actions,
                    sum(n.quantity_micros - gone.quantity_micros) AS quantity_micros
                FROM {generation}.user_units n
                JOIN {generation}.waves w ON w.wave_id = n.wave_id
                CROSS JOIN LATERAL (
                    SELECT count(*) AS actions, coalesce(sum(a.quantity_micros), 0) AS quantity_micros
                    FROM {generation}.ripples r
                    JOIN {generation}.actions a ON a.wave_id = r.wave_id AND a.ripple_id = r.ripple_id
                    WHERE r.purging
                      AND r.wave_id = n.wave_id
                      AND a.user_id = n.user_id
                      AND a.unit = n.unit
                      AND a.quantity_micros IS NOT NULL
                ) gone
                WHERE n.user_id = by_category.user_id AND NOT w.deleted
                GROUP BY n.unit
            ) achieved
            WHERE achieved.actions > 0
        ),
        '{{}}'
    ) AS achievements
FROM (
    SELECT
        u.user_id,
        coalesce(w.category, 'none') AS category,
        sum(u.actions) AS actions,
        sum(u.impact) AS impact,
        sum(u.ripples_joined) AS ripples_joined,
        count(*) AS waves,
        min(u.first_action_at) AS first_action_at,
        max(u.last_action_at) AS last_action_at
    FROM actions.user_waves u
    JOIN {generation}.waves w ON w.wave_id = u.wave_id
    GROUP BY u.user_id, coalesce(w.category, 'none')
) by_category
GROUP BY by_category.user_id;

-- Each partition keeps its own copy of what was set; while copies are on their way the newest one shows.
CREATE OR REPLACE VIEW actions.bucket_weights AS
SELECT DISTINCT ON (known.bucket, known.effective_from)
    known.bucket,
    known.effective_from,
    known.multiplier,
    known.set_by,
    known.set_at
FROM (
    SELECT
        b.bucket,
        to_timestamp(step.hour * 3600) AS effective_from,
        trim_scale(step.multiplier_micros * 0.000001) AS multiplier,
        step.set_by,
        step.at AS set_at,
        step.id
    FROM {generation}.bucket_weights b
    CROSS JOIN LATERAL jsonb_to_recordset(b.steps)
        AS step (hour bigint, multiplier_micros bigint, at timestamptz, id text, set_by text)
    UNION ALL
    VALUES
        ('conversation', timestamptz '2000-01-01 00:00:00+00', 0.8, NULL, NULL::timestamptz, NULL),
        ('planning', timestamptz '2000-01-01 00:00:00+00', 2.5, NULL, NULL::timestamptz, NULL)
) known
ORDER BY known.bucket, known.effective_from, known.set_at DESC NULLS LAST, known.id COLLATE "C" DESC;

CREATE OR REPLACE VIEW actions.activity AS
SELECT
    h.wave_id,
    h.ripple_id,
    h.bucket,
    to_timestamp(h.hour * 3600) AS hour,
    h.actions,
    trim_scale(h.impact_micros * 0.000001) AS impact
FROM {generation}.activity_hours h
JOIN {generation}.waves w ON w.wave_id = h.wave_id
JOIN {generation}.ripples r ON r.wave_id = h.wave_id AND r.ripple_id = h.ripple_id
WHERE h.actions > 0
  AND NOT w.deleted
  AND NOT r.deleted;

-- Minutes are kept for 26 hours before the newest record that is folded; older ones may be there or not, so they
-- are not shown.
CREATE OR REPLACE VIEW actions.activity_minutes AS
SELECT
    m.wave_id,
    m.ripple_id,
    m.bucket,
    to_timestamp(m.minute * 60) AS minute,
    m.actions,
    trim_scale(m.impact_micros * 0.000001) AS impact
FROM {generation}.activity_minutes m
JOIN {generation}.waves w ON w.wave_id = m.wave_id
JOIN {generation}.ripples r ON r.wave_id = m.wave_id AND r.ripple_id = m.ripple_id
WHERE m.actions > 0
  AND m.minute >= (
        SELECT coalesce(floor(extract(epoch FROM max(folded.last_appended_at) - interval '26 hours') / 60), 0)
        FROM groundswell.generations AS live
        JOIN groundswell.positions AS folded
          ON folded.system = live.system
         AND folded.generation = live.generation
        WHERE live.system = 'actions'
          AND live.active
    )::bigint
  AND NOT w.deleted
  AND NOT r.deleted;

-- As of the current whole hour, which itself does not count. What is longer than 90 days is all that the ripple
-- counts without the cells of that hour and later ones, so that no more than 90 days of cells are ever read.
CREATE OR REPLACE VIEW actions.impact_calculations AS
SELECT
    r.wave_id,
    r.ripple_id,
    span.timeframe,
    (CASE WHEN span.hours = 0 THEN r.actions - cells.actions ELSE cells.actions END)::bigint AS actions,
    trim_scale(
        CASE WHEN span.hours = 0 THEN r.impact_micros - cells.impact_micros ELSE cells.impact_micros END * 0.000001
    ) AS impact,
    to_timestamp((SELECT hour FROM actions.clock) * 3600) AS calculated_at
FROM {generation}.ripples r
JOIN {generation}.waves w ON w.wave_id = r.wave_id
CROSS JOIN (VALUES ('24h', 24), ('7d', 168), ('30d', 720), ('90d', 2160), ('all', 0)) span (timeframe, hours)
CROSS JOIN LATERAL (
    SELECT coalesce(sum(h.actions), 0) AS actions, coalesce(sum(h.impact_micros), 0) AS impact_micros
    FROM {generation}.activity_hours h
    WHERE h.wave_id = r.wave_id
      AND h.ripple_id = r.ripple_id
      AND h.hour >= (SELECT hour FROM actions.clock) - span.hours
      AND (span.hours = 0 OR h.hour < (SELECT hour FROM actions.clock))
) cells
WHERE NOT w.deleted
  AND NOT r.deleted
  AND (r.announced OR r.actions > 0 OR r.joined > 0 OR r.boost_points > 0);

CREATE OR REPLACE VIEW actions.impact_indexes AS
SELECT
    i.wave_id,
    i.ripple_id,
    i.impact_30d,
    i.wave_median_30d,
    i.index
FROM {generation}.impact_indexes i
JOIN {generation}.waves w ON w.wave_id = i.wave_id
JOIN {generation}.ripples r ON r.wave_id = i.wave_id AND r.ripple_id = i.ripple_id
WHERE NOT w.deleted
  AND NOT r.deleted;

-- The hours whose close is folded whole.
CREATE OR REPLACE VIEW actions.closed_hours AS
SELECT to_timestamp(c.hour * 3600) AS hour
FROM {generation}.closed_hours c
WHERE c.complete;

CREATE OR REPLACE VIEW actions.trending_scores AS
SELECT
    to_timestamp(s.hour * 3600) AS hour,
    s.wave_id,
    s.ripple_id,
    s.rank,
    trim_scale(s.score_micros * 0.000001) AS score,
    s.actions_1h,
    s.actions_24h,
    s.participants,
    s.rank <= 10 AS in_top_10,
    s.previous_rank - s.rank AS rank_change,
    s.peak_rank
FROM {generation}.trending_scores s
JOIN {generation}.closed_hours c ON c.hour = s.hour
LEFT JOIN {generation}.waves w ON w.wave_id = s.wave_id
LEFT JOIN {generation}.ripples r ON r.wave_id = s.wave_id AND r.ripple_id = s.ripple_id
WHERE c.complete
  AND w.deleted IS NOT TRUE
  AND r.deleted IS NOT TRUE;
