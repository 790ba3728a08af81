-- How far each partition of each active generation is, and what became of the records read.
SELECT p.system, p.topic, p.partition, p.next_offset, p.applied, p.duplicates, p.dead, p.last_appended_at
FROM groundswell.positions p
JOIN groundswell.generations g USING (system, generation)
WHERE g.active
ORDER BY p.system, p.topic, p.partition
