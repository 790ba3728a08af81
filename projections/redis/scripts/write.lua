-- Writes rows that were read in one snapshot, and says which flushes are in Redis by that.
-- KEYS: the fill, the flushes. ARGV: the work as JSON.
--   fill, began, seconds_max: what `begin` answered before the rows were read, and how old that may be
--   guard: of the snapshot; of two reads the later one stands, whatever it was that changed
--   writes: [{prefix, lazy, sets, rows: [[member, fields, absent fields, scores] or [member]]}]
--   flushes: [[partition, first, last]], minutes: [since, until]
-- A row without fields is gone: a tombstone stands for it, so that an older read does not bring it back.
-- A score that is false: no member of that set.
local work = cjson.decode(ARGV[1])
if redis.call('GET', KEYS[1]) ~= work.fill then
    return 'refilled'
end
if tonumber(redis.call('TIME')[1]) - work.began > work.seconds_max then
    return 'late'
end
local guard = work.guard

local function write(one, row)
    local key = one.prefix .. row[1]
    local known = redis.call('HMGET', key, 'guard', 'gone', 'lease')
    if known[1] and known[1] > guard then
        return
    end
    if one.lazy and not known[1] and not known[3] then
        return
    end
    local fields = row[2]
    if not fields or known[2] or known[3] then
        redis.call('DEL', key)
    end
    if fields then
        redis.call('HSET', key, 'guard', guard, unpack(fields))
        if known[1] and #row[3] > 0 then
            redis.call('HDEL', key, unpack(row[3]))
        end
        if one.lazy and (known[2] or known[3]) then
            redis.call('EXPIRE', key, work.idle_seconds)
        end
    else
        redis.call('HSET', key, 'guard', guard, 'gone', '1')
        redis.call('EXPIRE', key, work.tombstone_seconds)
    end
    for i, set in ipairs(one.sets) do
        local score = fields and row[4][i]
        if score then
            redis.call('ZADD', set, score, row[1])
        else
            redis.call('ZREM', set, row[1])
        end
    end
end

for _, one in ipairs(work.writes) do
    for _, row in ipairs(one.rows) do
        write(one, row)
    end
end

-- A number that is missing between what is in Redis and what comes now: a write was lost.
for _, flush in ipairs(work.flushes) do
    local stands = tonumber(redis.call('HGET', KEYS[2], flush[1]))
    if not stands or stands < flush[2] - 1 then
        return 'gap'
    end
    if stands < flush[3] then
        redis.call('HSET', KEYS[2], flush[1], flush[3])
    end
end
if work.minutes then
    local stands = tonumber(redis.call('HGET', KEYS[2], 'minute'))
    if not stands or stands < work.minutes[1] then
        return 'gap'
    end
    if stands < work.minutes[2] then
        redis.call('HSET', KEYS[2], 'minute', work.minutes[2])
    end
end
return 'written'
