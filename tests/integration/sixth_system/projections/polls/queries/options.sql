-- The options of a poll that anybody is for, the foremost first.
SELECT option, votes FROM polls.tallies WHERE poll_id = %(poll_id)s ORDER BY votes DESC, option
