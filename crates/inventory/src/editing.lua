-- Who has the form of a sale open. Every page says so again and again; who has not said so for a while is left out.
-- KEYS[1]  the sale's
-- ARGV     page, now (ms), how long one counts (ms), pages at most, name; without a name the page leaves
local key, page, now, counts, most, name = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local others, size, since = {}, 0, now
local all = redis.call('HGETALL', key)
for i = 1, #all, 2 do
  local began, seen, called = string.match(all[i + 1], '^(%d+) (%d+) (.*)$')
  if not began or tonumber(seen) + counts < now then
    redis.call('HDEL', key, all[i])
  elseif all[i] == page then
    since = tonumber(began)
  else
    size = size + 1
    table.insert(others, { began, called })
  end
end
if name == '' then
  redis.call('HDEL', key, page)
elseif size < most then
  redis.call('HSET', key, page, string.format('%d %d %s', since, now, name))
  redis.call('PEXPIRE', key, counts)
end
return others
