-- What a write has to know before it reads its rows: the fill, Redis's clock, and which lazy rows somebody reads.
-- KEYS: the fill. ARGV: lists of members by the prefix of their keys, as JSON.
-- Answers the fill (or nothing), the seconds, and for each list the members that are there, in one JSON object.
local present = {}
for prefix, members in pairs(cjson.decode(ARGV[1])) do
    local found = {}
    for _, member in ipairs(members) do
        if redis.call('EXISTS', prefix .. member) == 1 then
            found[#found + 1] = member
        end
    end
    if #found > 0 then
        present[prefix] = found
    end
end
return { redis.call('GET', KEYS[1]), redis.call('TIME')[1], cjson.encode(present) }
