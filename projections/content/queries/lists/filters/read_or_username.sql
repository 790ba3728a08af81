(
    l.read LIKE %(search)s
    OR EXISTS (SELECT FROM content.video_usernames AS u WHERE u.id = l.id AND u.username ILIKE %(search)s)
)
