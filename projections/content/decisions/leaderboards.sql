-- The leaderboards of the hour up to %(nominal_time)s, the first 100 places of each, ties by id. The cells of a year
-- are gone through once: each adds to the shortest period that it lies in, which then adds to the longer ones. Totals
-- are those of now. Places before are those of the newest hour that was closed.
WITH ending AS (
    SELECT extract(epoch FROM %(nominal_time)s::timestamptz)::bigint / 3600 AS hour
), hidden AS MATERIALIZED (
    SELECT 'video' AS kind, v.video_id AS id FROM {generation}.videos AS v WHERE v.removed
    UNION ALL
    SELECT 'community', c.community_id FROM {generation}.communities AS c WHERE c.deleted
), steps AS (
    -- Where the cells of each period begin.
    SELECT e.hour - 24 AS of_day, e.hour - 168 AS of_week, e.hour - 720 AS of_month FROM ending AS e
), gained AS MATERIALIZED (
    -- Steps are asked for as values: computed once, not for each cell.
    SELECT
        a.kind,
        a.id,
        coalesce(sum(a.views) FILTER (WHERE a.hour >= (SELECT of_day FROM steps)), 0) AS views_1,
        coalesce(sum(a.views) FILTER (
            WHERE a.hour >= (SELECT of_week FROM steps) AND a.hour < (SELECT of_day FROM steps)
        ), 0) AS views_7,
        coalesce(sum(a.views) FILTER (
            WHERE a.hour >= (SELECT of_month FROM steps) AND a.hour < (SELECT of_week FROM steps)
        ), 0) AS views_30,
        coalesce(sum(a.views) FILTER (WHERE a.hour < (SELECT of_month FROM steps)), 0) AS views_365,
        coalesce(sum(a.impact_cents) FILTER (WHERE a.hour >= (SELECT of_day FROM steps)), 0) AS cents_1,
        coalesce(sum(a.impact_cents) FILTER (
            WHERE a.hour >= (SELECT of_week FROM steps) AND a.hour < (SELECT of_day FROM steps)
        ), 0) AS cents_7,
        coalesce(sum(a.impact_cents) FILTER (
            WHERE a.hour >= (SELECT of_month FROM steps) AND a.hour < (SELECT of_week FROM steps)
        ), 0) AS cents_30,
        coalesce(sum(a.impact_cents) FILTER (WHERE a.hour < (SELECT of_month FROM steps)), 0) AS cents_365
    FROM {generation}.activity AS a
    -- As the index has it, so that older cells are not read.
    WHERE to_timestamp(a.hour * 3600) >= %(nominal_time)s::timestamptz - interval '8760 hours'
      AND to_timestamp(a.hour * 3600) < %(nominal_time)s::timestamptz
    GROUP BY a.kind, a.id
    -- By a hash, however few the planner thinks there are.
    HAVING (a.kind, a.id) NOT IN (SELECT h.kind, h.id FROM hidden AS h)
), gains AS (
    SELECT found.*
    FROM (VALUES ('video'), ('creator'), ('sound'), ('hashtag'), ('community')) AS of (kind)
    CROSS JOIN LATERAL (
        WITH shown AS MATERIALIZED (
            SELECT
                g.id,
                g.views_1 AS views_24h,
                g.views_1 + g.views_7 AS views_7d,
                g.views_1 + g.views_7 + g.views_30 AS views_30d,
                g.views_1 + g.views_7 + g.views_30 + g.views_365 AS views_1y,
                g.cents_1 AS cents_24h,
                g.cents_1 + g.cents_7 AS cents_7d,
                g.cents_1 + g.cents_7 + g.cents_30 AS cents_30d,
                g.cents_1 + g.cents_7 + g.cents_30 + g.cents_365 AS cents_1y
            FROM gained AS g
            WHERE g.kind = of.kind
        )
        (SELECT '24h' AS period, of.kind, 'views' AS sort, s.id, s.views_24h AS value FROM shown AS s
         WHERE s.views_24h > 0 ORDER BY s.views_24h DESC, s.id LIMIT 100)
        UNION ALL
        (SELECT '7d', of.kind, 'views', s.id, s.views_7d FROM shown AS s
         WHERE s.views_7d > 0 ORDER BY s.views_7d DESC, s.id LIMIT 100)
        UNION ALL
        (SELECT '30d', of.kind, 'views', s.id, s.views_30d FROM shown AS s
         WHERE s.views_30d > 0 ORDER BY s.views_30d DESC, s.id LIMIT 100)
        UNION ALL
        (SELECT '1y', of.kind, 'views', s.id, s.views_1y FROM shown AS s
         WHERE s.views_1y > 0 ORDER BY s.views_1y DESC, s.id LIMIT 100)
        UNION ALL
        (SELECT '24h', of.kind, 'impact', s.id, s.cents_24h FROM shown AS s
         WHERE s.cents_24h > 0 ORDER BY s.cents_24h DESC, s.id LIMIT 100)
        UNION ALL
        (SELECT '7d', of.kind, 'impact', s.id, s.cents_7d FROM shown AS s
         WHERE s.cents_7d > 0 ORDER BY s.cents_7d DESC, s.id LIMIT 100)
        UNION ALL
        (SELECT '30d', of.kind, 'impact', s.id, s.cents_30d FROM shown AS s
         WHERE s.cents_30d > 0 ORDER BY s.cents_30d DESC, s.id LIMIT 100)
        UNION ALL
        (SELECT '1y', of.kind, 'impact', s.id, s.cents_1y FROM shown AS s
         WHERE s.cents_1y > 0 ORDER BY s.cents_1y DESC, s.id LIMIT 100)
    ) AS found
), totals AS (
    (SELECT 'all' AS period, 'video' AS kind, 'views' AS sort, t.video_id AS id, t.views::numeric AS value
     FROM {generation}.videos AS t
     WHERE t.views > 0 AND NOT t.removed ORDER BY t.views_order DESC, t.views DESC, t.video_id LIMIT 100)
    UNION ALL
    (SELECT 'all', 'video', 'impact', t.video_id, t.impact_cents FROM {generation}.videos AS t
     WHERE t.impact_cents > 0 AND NOT t.removed
     ORDER BY t.impact_order DESC, t.impact_cents DESC, t.video_id LIMIT 100)
    UNION ALL
    (SELECT 'all', 'creator', 'views', t.creator_id, t.views FROM {generation}.creator_totals AS t
     WHERE t.views > 0 ORDER BY t.views_order DESC, t.views DESC, t.creator_id LIMIT 100)
    UNION ALL
    (SELECT 'all', 'creator', 'impact', t.creator_id, t.impact_cents FROM {generation}.creator_totals AS t
     WHERE t.impact_cents > 0 ORDER BY t.impact_order DESC, t.impact_cents DESC, t.creator_id LIMIT 100)
    UNION ALL
    (SELECT 'all', 'sound', 'views', t.sound_id, t.views FROM {generation}.sound_totals AS t
     WHERE t.views > 0 ORDER BY t.views_order DESC, t.views DESC, t.sound_id LIMIT 100)
    UNION ALL
    (SELECT 'all', 'sound', 'impact', t.sound_id, t.impact_cents FROM {generation}.sound_totals AS t
     WHERE t.impact_cents > 0 ORDER BY t.impact_order DESC, t.impact_cents DESC, t.sound_id LIMIT 100)
    UNION ALL
    (SELECT 'all', 'hashtag', 'views', t.hashtag, t.views FROM {generation}.hashtag_totals AS t
     WHERE t.views > 0 ORDER BY t.views_order DESC, t.views DESC, t.hashtag LIMIT 100)
    UNION ALL
    (SELECT 'all', 'hashtag', 'impact', t.hashtag, t.impact_cents FROM {generation}.hashtag_totals AS t
     WHERE t.impact_cents > 0 ORDER BY t.impact_order DESC, t.impact_cents DESC, t.hashtag LIMIT 100)
    UNION ALL
    (SELECT 'all', 'community', 'views', t.community_id, t.views FROM {generation}.community_totals AS t
     WHERE t.views > 0 AND t.deleted = 0 ORDER BY t.views_order DESC, t.views DESC, t.community_id LIMIT 100)
    UNION ALL
    (SELECT 'all', 'community', 'impact', t.community_id, t.impact_cents FROM {generation}.community_totals AS t
     WHERE t.impact_cents > 0 AND t.deleted = 0
     ORDER BY t.impact_order DESC, t.impact_cents DESC, t.community_id LIMIT 100)
), written AS (
    -- The close before this one as it was written, folded or not yet.
    SELECT max(o.nominal_time) AS at
    FROM groundswell.outbox AS o
    WHERE o.system = 'content'
      AND o.decision = 'leaderboard_closed'
      AND o.nominal_time < %(nominal_time)s
      AND o.record_value <> ''
), folded AS (
    SELECT to_timestamp((max(c.hour) + 1) * 3600) AS at
    FROM {generation}.leaderboard_hours AS c
    WHERE c.hour < (SELECT hour FROM ending) - 1 AND c.complete
), previous AS MATERIALIZED (
    SELECT list.period, list.kind, list.sort, entry.id, entry.rank
    FROM written
    CROSS JOIN folded
    JOIN groundswell.outbox AS o
      ON o.system = 'content' AND o.decision = 'leaderboard_closed' AND o.nominal_time = written.at
    CROSS JOIN LATERAL jsonb_to_record(convert_from(o.record_value, 'UTF8')::jsonb)
        AS list (period text, kind text, sort text, entries jsonb)
    CROSS JOIN LATERAL jsonb_to_recordset(list.entries) AS entry (id text, rank bigint)
    WHERE folded.at IS NULL OR written.at > folded.at
    UNION ALL
    SELECT l.period, l.kind, l.sort, l.id, l.rank
    FROM written
    CROSS JOIN folded
    JOIN {generation}.leaderboards AS l ON to_timestamp(l.hour * 3600) = folded.at - interval '1 hour'
    WHERE written.at IS NULL OR written.at <= folded.at
), placed AS (
    SELECT
        p.period,
        p.kind,
        p.sort,
        row_number() OVER (PARTITION BY p.period, p.kind, p.sort ORDER BY p.value DESC, p.id COLLATE "C") AS rank,
        p.id,
        p.value
    FROM (SELECT * FROM gains UNION ALL SELECT * FROM totals) AS p
)
SELECT
    placed.period,
    placed.kind,
    placed.sort,
    placed.rank,
    placed.id,
    -- Impact is kept in hundredths.
    CASE placed.sort WHEN 'impact' THEN (placed.value * 0.01)::numeric(40, 2) ELSE placed.value END AS value,
    previous.rank AS previous_rank
FROM placed
LEFT JOIN previous
  ON previous.period = placed.period
 AND previous.kind = placed.kind
 AND previous.sort = placed.sort
 AND previous.id = placed.id
ORDER BY placed.period, placed.kind, placed.sort, placed.rank
