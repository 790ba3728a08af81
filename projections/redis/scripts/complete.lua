-- A fill is complete: from now on the generation is in Redis as a whole.
-- KEYS: the fill, the active generation. ARGV: the fill that was completed, the generation.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return 0
end
redis.call('SET', KEYS[2], ARGV[2])
return 1
