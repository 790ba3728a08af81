-- What videos bring to their creator among those of their sound.
SELECT b.sound_id, b.creator_id, b.videos, b.views, b.likes, b.impact_cents
FROM {rows} AS b
WHERE b.sound_id <> '' AND b.creator_id <> ''
