import type { AccountId, MappingId } from '@mtls-gateway/domain'
import { inParts, keptOutcomes, outcomesKeptMs, slicesOf } from '../local/rules.ts'
import type { MappingOutcome, Outcomes } from '../port.ts'
import { keyPrefix, Script, unavailable } from './connection/redis-client.ts'
import type { RedisLink } from './connection/redis-link.ts'

/** Mappings per script or command: some milliseconds of the server. */
const batch = 250

/**
 * KEYS: a hash by mapping, a sorted set of mappings by last call, a hash of since when a mapping fails. A value of the
 * first is `succeededAt failedAt code failures`, with 0 and - for what there was not. ARGV: -, mapping, succeededAt,
 * failedAt, code, failures, failingSince, and so on.
 */
const recordScript = new Script(`
for first = 2, #ARGV, 6 do
  local succeeded, failed = tonumber(ARGV[first + 1]), tonumber(ARGV[first + 2])
  local code, failures = ARGV[first + 3], tonumber(ARGV[first + 4])
  local isFailing = false
  local known = redis.call('HMGET', KEYS[1], ARGV[first])[1]
  if known then
    local s, f, c, n = string.match(known, '^(%d+) (%d+) (%S+) (%d+)$')
    if s then
      if succeeded == 0 then
        failures = failures + tonumber(n)
        isFailing = tonumber(n) > 0
      end
      succeeded = math.max(succeeded, tonumber(s))
      if tonumber(f) > failed then failed, code = tonumber(f), c end
    end
  end
  local value = string.format('%.0f %.0f %s %.0f', succeeded, failed, code, failures)
  redis.call('HSET', KEYS[1], ARGV[first], value)
  local since = tonumber(redis.call('HMGET', KEYS[3], ARGV[first])[1] or 0)
  local isEarlier = tonumber(ARGV[first + 5]) > 0 and tonumber(ARGV[first + 5]) < since
  if failures == 0 then redis.call('HDEL', KEYS[3], ARGV[first])
  elseif not isFailing or isEarlier then redis.call('HSET', KEYS[3], ARGV[first], ARGV[first + 5]) end
  redis.call('ZADD', KEYS[2], 'GT', math.max(succeeded, failed), ARGV[first])
end
local function forget(mappings)
  if #mappings == 0 then return end
  redis.call('HDEL', KEYS[1], unpack(mappings))
  redis.call('ZREM', KEYS[2], unpack(mappings))
  redis.call('HDEL', KEYS[3], unpack(mappings))
end
local oldest = redis.call('TIME')[1] * 1000 - ${outcomesKeptMs}
forget(redis.call('ZRANGE', KEYS[2], '-inf', oldest, 'BYSCORE', 'LIMIT', 0, ${batch}))
forget(redis.call('ZRANGE', KEYS[2], ${-keptOutcomes - 2 * batch}, ${-keptOutcomes - 1}))
redis.call('PEXPIRE', KEYS[1], ${outcomesKeptMs})
redis.call('PEXPIRE', KEYS[2], ${outcomesKeptMs})
redis.call('PEXPIRE', KEYS[3], ${outcomesKeptMs})
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
        const args = part.flatMap(({ mappingId, succeededAt = 0, failure, failuresInARow, failingSince = 0 }) =>
          [mappingId, succeededAt, failure?.at ?? 0, failure?.code ?? '-', failuresInARow, failingSince].map(String),
        )
        await recordScript.run(link, keysOf(account), args)
      })
    },
    async of(account, mappings) {
      const [key, , failing] = keysOf(account)
      const outcomes = new Map<MappingId, MappingOutcome>()
      for (const slice of slicesOf(mappings, batch)) {
        const [values, since] = await Promise.all(
          [key, failing].map(async (hash): Promise<readonly unknown[]> => {
            const reply = await link.send(hash, ['HMGET', hash, ...slice.map(String)])
            return Array.isArray(reply) ? reply : []
          }),
        )
        for (const [index, id] of slice.entries()) {
          const outcome = outcomeOf(values?.[index], Number(since?.[index] ?? 0))
          if (outcome !== undefined) outcomes.set(id, outcome)
        }
      }
      return outcomes
    },
  }
}

function keysOf(account: AccountId): readonly [string, string, string] {
  const prefix = `${keyPrefix}outcomes:{${account}}:`
  return [`${prefix}last`, `${prefix}called`, `${prefix}failing`]
}

/** Undefined if there is none, or one that has not been called for too long. */
function outcomeOf(value: unknown, failingSince: number): MappingOutcome | undefined {
  const parts = /^(\d+) (\d+) (\S+) (\d+)$/.exec(String(value))
  if (parts === null) return undefined
  const [succeededAt, failedAt, failures] = [Number(parts[1]), Number(parts[2]), Number(parts[4])]
  if (Math.max(succeededAt, failedAt) <= Date.now() - outcomesKeptMs) return undefined
  const code = parts[3] === '-' ? {} : { code: parts[3] }
  return {
    succeededAt: succeededAt || undefined,
    failure: failedAt === 0 ? undefined : { at: failedAt, ...code },
    failuresInARow: failures,
    // What another instance tells late may have begun before that success.
    ...(failures > 0 && failingSince > 0 && { failingSince: Math.max(failingSince, succeededAt) }),
  }
}
