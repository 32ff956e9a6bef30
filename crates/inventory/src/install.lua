-- Switches an event to a rebuilt inventory, unless a newer writer has claimed it meanwhile, or Redis has been put back to
-- an older copy, which takes away some of what was restored.
--
-- KEYS[1]  the event's root
-- KEYS     then what the incarnation before has left
-- ARGV     incarnation, epoch, seq, head; the field of the root that counts what was restored, and its count
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if epoch and tonumber(ARGV[2]) < tonumber(epoch) then
  return redis.error_reply('FENCE at epoch ' .. epoch)
end
local restored = redis.call('HGET', KEYS[1], ARGV[5])
if restored ~= ARGV[6] then
  return redis.error_reply('FENCE only so much is restored: ' .. tostring(restored))
end
redis.call('HDEL', KEYS[1], ARGV[5])
redis.call('HSET', KEYS[1], 'incarnation', ARGV[1], 'epoch', ARGV[2], 'seq', ARGV[3], 'head', ARGV[4])
if #KEYS > 1 then
  redis.call('UNLINK', unpack(KEYS, 2))
end
return redis.status_reply('OK')
