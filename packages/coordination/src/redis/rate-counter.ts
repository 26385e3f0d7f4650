import { LocalRateCounter } from '../local/rate-counter.ts'
import type { RateCounter, RateDecision } from '../port.ts'
import type { RedisEvent } from './connection/options.ts'
import { keyPrefix, Script } from './connection/redis-client.ts'
import type { RedisLink } from './connection/redis-link.ts'

/**
 * A list of the last admitted times, in microseconds of Redis' own clock, newest first and no longer than the limit: a
 * request is admitted if the oldest one is a second old. Answers 0, or the microseconds to wait. A wait of more than a
 * second shows that the clock was set back, which must not keep the key closed.
 */
const admitScript = new Script(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local limit = tonumber(ARGV[2])
local oldest = redis.call('LINDEX', KEYS[1], limit - 1)
if oldest then
  local wait = oldest + 1000000 - now
  if wait > 1000000 then
    redis.call('DEL', KEYS[1])
  elseif wait > 0 then
    return wait
  end
end
redis.call('LPUSH', KEYS[1], string.format('%.0f', now))
redis.call('LTRIM', KEYS[1], 0, limit - 1)
redis.call('PEXPIRE', KEYS[1], 1001)
return 0
`)

/** Counts the requests of all instances, or of this one while Redis is down. `name` tells it from other counters. */
export function redisRateCounter(
  link: RedisLink,
  { name, perSecond }: { readonly name: string; readonly perSecond: number },
  onEvent: (event: RedisEvent) => void,
): RateCounter {
  const prefix = `${keyPrefix}rate:${encodeURIComponent(name)}:`
  const limit = String(perSecond)
  const local = new LocalRateCounter({ perSecond })
  const admitHere = (key: string): RateDecision => {
    onEvent({ type: 'rate-local' })
    return local.admit(key)
  }
  const admitEverywhere = async (key: string): Promise<RateDecision> => {
    try {
      const waitMicros = Number(await admitScript.run(link, [prefix + key], [limit]))
      return { admitted: waitMicros === 0, retryAfterMs: Math.ceil(waitMicros / 1_000) }
    } catch {
      // The reply was late, or the link is down from now on, and reports why.
      return admitHere(key)
    }
  }
  return { admit: (key) => (link.isUp ? admitEverywhere(key) : admitHere(key)) }
}
