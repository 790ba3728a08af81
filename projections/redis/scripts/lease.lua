-- Announces that a lazy row is about to be read in Postgres and put here: from now on a flush that touches it
-- writes it, and by that takes the lease away. KEYS: the fill, the row.
-- ARGV: the fill as the reader knows it, the lease's name, its seconds. Answers whether it was given.
if redis.call('GET', KEYS[1]) ~= ARGV[1] or redis.call('EXISTS', KEYS[2]) == 1 then
    return 0
end
redis.call('HSET', KEYS[2], 'lease', ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
