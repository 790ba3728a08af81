-- What the Impact score of each video is by its counters.
SELECT
    v.video_id,
    div(
        {comment} * v.comments::numeric + {share} * v.shares::numeric + {like} * v.likes::numeric
        + {view} * v.views::numeric + {save} * v.saves::numeric + {cent} / 2,
        {cent}
    ) AS impact_cents
FROM {source} AS v
