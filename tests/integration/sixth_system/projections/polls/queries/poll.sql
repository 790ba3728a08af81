-- One poll.
SELECT poll_id, question, closed, votes, version FROM polls.polls WHERE poll_id = %(poll_id)s
