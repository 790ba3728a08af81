-- The entries whose trends differ between two minutes: none, heat is the same at any moment.
SELECT e.entry_id
FROM {generation}.entries AS e
WHERE false AND %(since)s < %(until)s
