-- What trends, as of now. After the indexes are there: the function reads rows by them.
INSERT INTO {generation}.entry_trends (entry_id, minute, heat)
SELECT p.entry_id, extract(epoch FROM now())::bigint / 60, t.heat
FROM {generation}.places AS p
CROSS JOIN LATERAL {generation}.entry_trends_at(p.entry_id, extract(epoch FROM now())::bigint / 60) AS t
