-- The stable views of system 6 over the generation that is live.

CREATE OR REPLACE VIEW polls.tallies AS
SELECT poll_id, option, votes
FROM {generation}.tallies
WHERE votes <> 0;

CREATE OR REPLACE VIEW polls.polls AS
SELECT
    p.poll_id,
    p.question,
    p.closed,
    (SELECT coalesce(sum(t.votes), 0)::bigint FROM {generation}.tallies t WHERE t.poll_id = p.poll_id) AS votes,
    p.version
FROM {generation}.polls p;

CREATE OR REPLACE VIEW polls.votes AS
SELECT poll_id, user_id, option
FROM {generation}.votes
