-- What trends now, and what trended when each hour was closed.

-- What lists of a wave's ripples are ordered by: in millionths, and a heat that is comparable among all ripples.
CREATE OR REPLACE VIEW actions.ripple_order AS
SELECT
    r.wave_id,
    r.ripple_id,
    r.impact_micros AS impact,
    r.actions,
    CASE WHEN r.heat_sum >= 0.0000005 THEN
        ln(r.heat_sum) / ln(2::double precision) + r.heat_hour / {half_life_hours}::double precision
    ELSE
        '-infinity'
    END AS trending
FROM {generation}.ripples r
JOIN {generation}.waves w ON w.wave_id = r.wave_id
WHERE NOT w.deleted
  AND NOT r.deleted
  AND (r.announced OR r.actions > 0 OR r.joined > 0 OR r.boost_points > 0);

-- The windows of the ripples in which anything counted, each as of its own minute: lists are read by their
-- indexes. Heat orders ripples at any moment; the score at t (hours since 2020) is 2^(heat - t / half-life). What is
-- deleted is looked for row by row: with joins a planner might begin with all ripples.
CREATE OR REPLACE VIEW actions.ripple_trends AS
SELECT
    t.wave_id,
    t.ripple_id,
    to_timestamp(t.minute * 60) AS minute,
    t.actions_1h,
    t.actions_24h,
    t.heat
FROM {generation}.ripple_trends t
WHERE (SELECT NOT w.deleted FROM {generation}.waves w WHERE w.wave_id = t.wave_id)
  AND (SELECT NOT r.deleted FROM {generation}.ripples r WHERE r.wave_id = t.wave_id AND r.ripple_id = t.ripple_id);

-- The ripples whose stored windows may be of an earlier minute, and how many actions entered since: none while the
-- stored ones are as of now. Those that were not recalculated for an hour are of no use: then here is everything that
-- acted in a day, with what its windows hold.
CREATE OR REPLACE VIEW actions.ripple_trends_due AS
SELECT
    due.wave_id,
    due.ripple_id,
    coalesce(sum(due.actions) FILTER (WHERE due.minute > (SELECT minute - 60 FROM actions.clock)), 0)::bigint
        AS actions_1h,
    sum(due.actions)::bigint AS actions_24h
FROM (
    SELECT m.wave_id, m.ripple_id, m.minute, m.actions
    FROM {generation}.activity_minutes m
    WHERE m.minute > (
            SELECT CASE WHEN windows_minute >= minute - 60 THEN windows_minute ELSE minute - 1440 END
            FROM actions.clock
        )
      AND m.minute <= (SELECT minute FROM actions.clock)
    UNION ALL
    SELECT m.wave_id, m.ripple_id, m.minute, 0
    FROM {generation}.activity_minutes m
    WHERE m.minute > (SELECT windows_minute - 60 FROM actions.clock)
      AND m.minute <= (SELECT minute - 60 FROM actions.clock)
    UNION ALL
    SELECT m.wave_id, m.ripple_id, m.minute, 0
    FROM {generation}.activity_minutes m
    WHERE m.minute > (SELECT windows_minute - 1440 FROM actions.clock)
      AND m.minute <= (SELECT minute - 1440 FROM actions.clock)
) due
GROUP BY due.wave_id, due.ripple_id;

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

-- Each ripple's place in the last close, for what is compared with it.
CREATE OR REPLACE VIEW actions.last_ranks AS
SELECT s.wave_id, s.ripple_id, s.rank
FROM {generation}.trending_scores s
WHERE s.hour = (SELECT max(c.hour) FROM {generation}.closed_hours c WHERE c.complete);
