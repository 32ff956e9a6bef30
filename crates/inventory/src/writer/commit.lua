-- Commits one round, only if the writer is still the writer and nothing moved since it read.
-- No rule lives here: what to write was decided before.
--
-- KEYS     the event's root; the version of the rules that a writer must know
-- ARGV     incarnation, epoch, seq as read; the version that the writer knows; seq and head after; then commands, each as: length, words...
local fence = redis.call('HMGET', KEYS[1], 'incarnation', 'epoch', 'seq')
-- A missing key is false, and must not pass for zero: it means that the inventory is lost.
if not (fence[1] and fence[2] and fence[3]) then
  return redis.error_reply('FENCE no inventory')
end
if fence[1] ~= ARGV[1] or fence[2] ~= ARGV[2] or fence[3] ~= ARGV[3] then
  return redis.error_reply('FENCE at ' .. table.concat(fence, '/'))
end
local needed = redis.call('GET', KEYS[2])
if needed and tonumber(needed) > tonumber(ARGV[4]) then
  return redis.error_reply('RULES of version ' .. needed .. ' are needed')
end
local at = 7
while at <= #ARGV do
  local length = tonumber(ARGV[at])
  redis.call(unpack(ARGV, at + 1, at + length))
  at = at + length + 1
end
redis.call('HSET', KEYS[1], 'seq', ARGV[5], 'head', ARGV[6])
return redis.status_reply('OK')
