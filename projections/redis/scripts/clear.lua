-- Removes rows for a fill that is about to begin. KEYS: the name of the filling, then what is removed.
-- ARGV: the filling. Answers whether it still goes on: a later one may have put rows of its own here.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return 0
end
redis.call('UNLINK', unpack(KEYS, 2))
return 1
