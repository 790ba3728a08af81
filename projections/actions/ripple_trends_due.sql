-- The ripples whose windows of an hour and of 24 hours may differ between two minutes: a minute that holds an
-- action entered or left one of them.
SELECT DISTINCT m.wave_id, m.ripple_id
FROM {generation}.activity_minutes AS m
WHERE m.minute > %(since)s AND m.minute <= %(until)s
   OR m.minute > %(since)s - 60 AND m.minute <= %(until)s - 60
   OR m.minute > %(since)s - 1440 AND m.minute <= %(until)s - 1440
ORDER BY m.wave_id, m.ripple_id
