-- Raises the version of the rules that a writer must know. It never falls.
--
-- KEYS[1]  where it stands
-- ARGV     the version
if tonumber(redis.call('GET', KEYS[1]) or '0') < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1])
end
return redis.status_reply('OK')
