-- The foremost members of a sorted set with their rows, and what tells whether they can be trusted, at one moment.
-- KEYS: the active generation, the fill, the flushes, the set. ARGV: how many, how many more may tie with the last
-- one, what the keys of rows begin with.
-- Answers generation, fill, flushes (names and numbers in turn), and as JSON: members and scores in turn, and rows
-- (names and values in turn); nothing where too many tie. All that tie with the last one are there: Redis orders
-- them otherwise than Postgres does.
local limit, ties_max = tonumber(ARGV[1]), tonumber(ARGV[2])
local answer = { redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2]), redis.call('HGETALL', KEYS[3]), false }
local found = redis.call('ZRANGE', KEYS[4], 0, limit, 'REV', 'WITHSCORES')
local last = found[2 * limit]
if last and last == found[2 * limit + 2] then
    local better = {}
    for i = 1, 2 * limit, 2 do
        if found[i + 1] ~= last then
            better[#better + 1] = found[i]
            better[#better + 1] = found[i + 1]
        end
    end
    local ties = redis.call(
        'ZRANGE', KEYS[4], last, last, 'BYSCORE', 'LIMIT', 0, limit + ties_max + 1, 'WITHSCORES'
    )
    if #ties > 2 * (limit + ties_max) then
        return answer
    end
    found = better
    for i = 1, #ties do
        found[#found + 1] = ties[i]
    end
end
if #found == 0 then
    answer[4] = '{"found":[],"rows":[]}'
    return answer
end
local rows = {}
for i = 1, #found, 2 do
    rows[#rows + 1] = redis.call('HGETALL', ARGV[3] .. found[i])
end
answer[4] = cjson.encode({ found = found, rows = rows })
return answer
