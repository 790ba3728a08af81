-- By index of the generation's tables: what drops it, and what makes it again. Primary keys come first.
SELECT
    CASE WHEN c.oid IS NULL THEN
        format('DROP INDEX %%s', i.indexrelid::regclass)
    ELSE
        format('ALTER TABLE %%s DROP CONSTRAINT %%I', i.indrelid::regclass, c.conname)
    END,
    CASE WHEN c.oid IS NULL THEN
        pg_get_indexdef(i.indexrelid)
    ELSE
        format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', i.indrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
    END
FROM pg_index i
JOIN pg_class t ON t.oid = i.indrelid
LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype = 'p'
WHERE t.relnamespace = %(schema)s::regnamespace
  AND t.relkind = 'r'
ORDER BY i.indisprimary DESC, i.indexrelid
