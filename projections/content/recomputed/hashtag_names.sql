-- How each video writes each of its hashtags.
SELECT
    f.hashtag COLLATE "C" AS hashtag,
    t.video_id,
    f.form COLLATE "C" AS form,
    f.at
FROM {source} AS v
JOIN {generation}.video_texts AS t ON t.video_id = v.video_id
CROSS JOIN LATERAL jsonb_to_recordset(t.forms) AS f (hashtag text, form text, at timestamptz)
WHERE NOT v.removed
