-- From here on flushes write. KEYS: the name of the filling, the fill, the flushes.
-- ARGV: the filling, the fill, and how far Postgres is: names and numbers in turn.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return 0
end
redis.call('DEL', KEYS[3])
redis.call('HSET', KEYS[3], unpack(ARGV, 3))
redis.call('SET', KEYS[2], ARGV[2])
return 1
