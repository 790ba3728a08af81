-- Large work in pages that is not finished: purges and late weights.
SELECT count(*) AS chores
FROM groundswell.chores c
JOIN groundswell.generations g USING (system, generation)
WHERE g.active AND c.system = %(system)s
