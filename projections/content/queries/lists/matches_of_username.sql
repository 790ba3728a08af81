-- The videos whose creator's username is like what is searched, in no order.
(
    SELECT {columns}
    FROM content.video_usernames AS u
    JOIN {source} AS l ON l.id = u.id
    WHERE u.searched LIKE %(searched)s AND u.username LIKE %(search)s AND {where}
    LIMIT {matches_max}
)
