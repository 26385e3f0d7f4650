import type { AccountId, MappingId } from '@mtls-gateway/domain'
import { inParts, keptOutcomes, outcomeOf, outcomesKeptMs, slicesOf, storedOutcome } from '../local/rules.ts'
import type { MappingOutcome, Outcomes } from '../port.ts'
import { keyPrefix, Script, unavailable } from './connection/redis-client.ts'
import type { RedisLink } from './connection/redis-link.ts'

/** Mappings per script or command: some milliseconds of the server. */
const batch = 250

/**
 * KEYS: a hash by mapping of what {@link storedOutcome} has, with spaces between; a sorted set of mappings by last
 * call. ARGV: -, mapping and what is stored of it, and so on.
 */
const recordScript = new Script(`
for first = 2, #ARGV, 6 do
  local mapping, code = ARGV[first], ARGV[first + 3]
  local succeeded, failed = tonumber(ARGV[first + 1]), tonumber(ARGV[first + 2])
  local failures, since = tonumber(ARGV[first + 4]), tonumber(ARGV[first + 5])
  local known = redis.call('HGET', KEYS[1], mapping) or ''
  local s, f, c, n, b = string.match(known, '^(%d+) (%d+) (%S+) (%d+) (%d+)$')
  if s then
    if succeeded == 0 and tonumber(n) > 0 then
      failures = failures + tonumber(n)
      since = math.min(since, tonumber(b))
    end
    succeeded = math.max(succeeded, tonumber(s))
    if tonumber(f) > failed then failed, code = tonumber(f), c end
  end
  local value = string.format('%.0f %.0f %s %.0f %.0f', succeeded, failed, code, failures, since)
  redis.call('HSET', KEYS[1], mapping, value)
  redis.call('ZADD', KEYS[2], 'GT', math.max(succeeded, failed), mapping)
end
local function forget(mappings)
  if #mappings == 0 then return end
  redis.call('HDEL', KEYS[1], unpack(mappings))
  redis.call('ZREM', KEYS[2], unpack(mappings))
end
local oldest = redis.call('TIME')[1] * 1000 - ${outcomesKeptMs}
forget(redis.call('ZRANGE', KEYS[2], '-inf', oldest, 'BYSCORE', 'LIMIT', 0, ${batch}))
forget(redis.call('ZRANGE', KEYS[2], ${-keptOutcomes - 2 * batch}, ${-keptOutcomes - 1}))
redis.call('PEXPIRE', KEYS[1], ${outcomesKeptMs})
redis.call('PEXPIRE', KEYS[2], ${outcomesKeptMs})
`)

/**
 * Outcomes in Redis. Both keys of an account expire if its mappings are not called for long.
 * @param hasRoom false: nothing is recorded, as a Redis that is full takes no nonces
 */
export function redisOutcomes(link: RedisLink, hasRoom: () => boolean): Outcomes {
  return {
    async record(entries) {
      if (!hasRoom()) throw unavailable('nearly full')
      await inParts(entries, batch, async (account, part) => {
        const args = part.flatMap((entry) => [entry.mappingId, ...storedOutcome(entry)].map(String))
        await recordScript.run(link, keysOf(account), args)
      })
    },
    async of(account, mappings) {
      const [key] = keysOf(account)
      const outcomes = new Map<MappingId, MappingOutcome>()
      for (const slice of slicesOf(mappings, batch)) {
        const reply = await link.send(key, ['HMGET', key, ...slice.map(String)])
        for (const [index, id] of slice.entries()) {
          const outcome = readOutcome(Array.isArray(reply) ? reply[index] : undefined)
          if (outcome !== undefined) outcomes.set(id, outcome)
        }
      }
      return outcomes
    },
  }
}

function keysOf(account: AccountId): readonly [string, string] {
  const prefix = `${keyPrefix}outcomes:{${account}}:`
  return [`${prefix}last`, `${prefix}called`]
}

/** Undefined if there is none, or one that has not been called for too long. */
function readOutcome(value: unknown): MappingOutcome | undefined {
  const [, succeededAt, failedAt, code, failures, since] = /^(\d+) (\d+) (\S+) (\d+) (\d+)$/.exec(String(value)) ?? []
  if (code === undefined) return undefined
  if (Math.max(Number(succeededAt), Number(failedAt)) <= Date.now() - outcomesKeptMs) return undefined
  return outcomeOf([Number(succeededAt), Number(failedAt), code, Number(failures), Number(since)])
}
