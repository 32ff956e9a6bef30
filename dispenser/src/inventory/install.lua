-- Switches an event to a rebuilt inventory, unless a newer writer has claimed it meanwhile.
--
-- KEYS[1]  the event's root
-- ARGV     incarnation, epoch, seq, head
local epoch = redis.call('HGET', KEYS[1], 'epoch')
if epoch and tonumber(ARGV[2]) < tonumber(epoch) then
  return redis.error_reply('FENCE at epoch ' .. epoch)
end
redis.call('HSET', KEYS[1], 'incarnation', ARGV[1], 'epoch', ARGV[2], 'seq', ARGV[3], 'head', ARGV[4])
return redis.status_reply('OK')
