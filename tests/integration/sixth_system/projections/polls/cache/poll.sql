-- Rows of polls as they lie in Redis: those of the view, as text (a boolean is true or false there, not t or f).
SELECT p.poll_id, p.question, p.closed::text AS closed, p.votes, p.version
FROM unnest(%(poll_id)s::text[]) AS k (poll_id)
CROSS JOIN LATERAL (SELECT v.* FROM polls.polls AS v WHERE v.poll_id = k.poll_id OFFSET 0) AS p
