-- Puts a lazy row where its lease still stands: nothing that touches it was committed since, or it would be gone.
-- KEYS: the fill, the row. ARGV: the fill, the lease's name, for how many seconds the row stays, its guard,
-- its fields as a JSON array of names and values in turn; an empty one gives the lease back.
if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('HGET', KEYS[2], 'lease') ~= ARGV[2] then
    return 0
end
redis.call('DEL', KEYS[2])
local fields = cjson.decode(ARGV[5])
if #fields == 0 then
    return 0
end
redis.call('HSET', KEYS[2], 'guard', ARGV[4], unpack(fields))
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
