-- As if the jobs of the clock had just been done, and were done again every minute.
INSERT INTO groundswell.positions (system, generation, topic, partition, last_appended_at)
VALUES ('actions', {number}, 'reads', 0, now());

INSERT INTO groundswell.recalculations (system, generation, table_name, as_of)
VALUES
    ('actions', {number}, 'ripple_trends', now() + interval '1 day'),
    ('actions', {number}, 'impact_indexes', date_trunc('day', now()))
