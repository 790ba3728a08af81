-- What trends now.

-- Heat orders entries at any moment: the score at t (hours since 2020) is 2^(heat - t / half-life). What counts for
-- nothing, or was removed, has no row.
CREATE OR REPLACE VIEW interactions.entry_trends AS
SELECT t.entry_id, to_timestamp(t.minute * 60) AS minute, t.heat
FROM {generation}.entry_trends t;

-- The score of this minute; it looks back ten days.
CREATE OR REPLACE VIEW interactions.entry_scores AS
SELECT
    k.entry_id,
    CASE
        WHEN k.heat_sum > 0
            AND k.heat_hour >= floor(extract(epoch FROM statement_timestamp()) / 3600)::bigint - 240
        THEN trim_scale(round(groundswell.score_now(k.heat_sum, k.heat_hour, {half_life_hours})::numeric, 6))
        ELSE 0
    END AS trending_score
FROM interactions.known_entries k
WHERE k.is_there;
