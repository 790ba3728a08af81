-- Rows, and what tells whether they can be trusted, as of one moment.
-- KEYS: the active generation, the fill, the flushes, then the rows.
-- ARGV: for how many seconds lazy rows stay without being read again (0: eager ones).
-- Answers generation, fill, flushes (names and numbers in turn), the rows as JSON: names and values in turn.
local rows = {}
local seconds = tonumber(ARGV[1])
for i = 4, #KEYS do
    local row = redis.call('HGETALL', KEYS[i])
    if seconds > 0 and #row > 2 then
        redis.call('EXPIRE', KEYS[i], seconds)
    end
    rows[#rows + 1] = row
end
return {
    redis.call('GET', KEYS[1]),
    redis.call('GET', KEYS[2]),
    redis.call('HGETALL', KEYS[3]),
    cjson.encode(rows),
}
