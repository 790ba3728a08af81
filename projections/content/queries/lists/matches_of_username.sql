-- The videos whose creator is called like what is searched, in no order.
(
    SELECT {columns}
    FROM content.video_usernames AS u
    JOIN {source} AS l ON l.id = u.id
    WHERE u.searched ILIKE %(searched)s AND u.username ILIKE %(search)s AND {where}
    LIMIT {matches_max}
)
