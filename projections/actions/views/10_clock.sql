-- What time it is for the views of now: one row, by this server's clock.

-- Minutes and hours are whole ones since 1970. windows_minute: the minute as of which all stored windows are right,
-- null before the first recalculation. indexes_as_of: when the impact indexes were calculated. oldest_minute: minute
-- cells are kept for 26 hours before the newest record that is folded.
CREATE OR REPLACE VIEW actions.clock AS
SELECT
    floor(extract(epoch FROM statement_timestamp()) / 60)::bigint AS minute,
    floor(extract(epoch FROM statement_timestamp()) / 3600)::bigint AS hour,
    (
        SELECT floor(extract(epoch FROM r.as_of) / 60)::bigint
        FROM groundswell.generations g
        JOIN groundswell.recalculations r ON r.system = g.system AND r.generation = g.generation
        WHERE g.system = 'actions' AND g.active AND r.table_name = 'ripple_trends'
    ) AS windows_minute,
    (
        SELECT r.as_of
        FROM groundswell.generations g
        JOIN groundswell.recalculations r ON r.system = g.system AND r.generation = g.generation
        WHERE g.system = 'actions' AND g.active AND r.table_name = 'impact_indexes'
    ) AS indexes_as_of,
    (
        SELECT floor(extract(epoch FROM max(p.last_appended_at) - interval '26 hours') / 60)::bigint
        FROM groundswell.generations g
        JOIN groundswell.positions p ON p.system = g.system AND p.generation = g.generation
        WHERE g.system = 'actions' AND g.active
    ) AS oldest_minute;
