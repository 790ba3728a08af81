-- The videos that changed since then.
SELECT v.video_id FROM {generation}.videos AS v WHERE v.changed_at >= %(since)s
