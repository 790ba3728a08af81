(
    l.searched LIKE %(searched)s
    OR EXISTS (
        SELECT FROM content.video_usernames AS u
        WHERE u.id = l.id AND u.searched ILIKE %(searched)s AND u.username ILIKE %(search)s
    )
)
