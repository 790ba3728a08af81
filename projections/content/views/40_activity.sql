-- What was gained in each hour, and what was decided at its end. The gains of a creator, sound, hashtag or community
-- stay when a video leaves it or is removed.

CREATE OR REPLACE VIEW content.activity AS
SELECT
    a.kind,
    a.id,
    to_timestamp(a.hour * 3600) AS hour,
    a.views,
    a.likes,
    a.comments,
    a.shares,
    a.saves,
    round(a.impact_cents * 0.01, 2) AS impact
FROM {generation}.activity a
WHERE (a.views <> 0 OR a.likes <> 0 OR a.comments <> 0 OR a.shares <> 0 OR a.saves <> 0 OR a.impact_cents <> 0)
  AND CASE a.kind
        WHEN 'video' THEN (SELECT v.removed FROM {generation}.videos v WHERE v.video_id = a.id)
        WHEN 'community' THEN (SELECT c.deleted FROM {generation}.communities c WHERE c.community_id = a.id)
      END IS NOT TRUE;

-- Hours whose leaderboards are folded whole.
CREATE OR REPLACE VIEW content.leaderboards AS
SELECT
    p.period,
    p.kind,
    p.sort,
    to_timestamp(p.hour * 3600) AS hour,
    p.rank,
    p.id,
    CASE p.sort WHEN 'impact' THEN round(p.value * 0.01, 2) ELSE p.value END AS value,
    p.previous_rank
FROM {generation}.leaderboards p
JOIN {generation}.leaderboard_hours h ON h.hour = p.hour
WHERE h.complete
  AND CASE p.kind
        WHEN 'video' THEN (SELECT v.removed FROM {generation}.videos v WHERE v.video_id = p.id)
        WHEN 'community' THEN (SELECT c.deleted FROM {generation}.communities c WHERE c.community_id = p.id)
      END IS NOT TRUE;

CREATE OR REPLACE VIEW content.reconciliations AS
SELECT run, at, days, checked, drifted, repaired, details
FROM {generation}.reconciliations
