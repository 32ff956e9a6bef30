-- Makes this writer's epoch the one that counts, unless a newer one has been claimed.
-- From here on every commit of an older writer is refused.
--
-- KEYS[1]  the event's root
-- ARGV[1]  the epoch
-- Returns  incarnation and head; nothing when there is no inventory
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if not epoch then
  return {}
end
if tonumber(ARGV[1]) < tonumber(epoch) then
  return redis.error_reply('FENCE at epoch ' .. epoch)
end
redis.call('HSET', KEYS[1], 'epoch', ARGV[1])
return redis.call('HMGET', KEYS[1], 'incarnation', 'head')
