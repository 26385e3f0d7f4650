import type { AccountId } from '@mtls-gateway/domain'
import { inParts, usageKeptMs } from '../local/rules.ts'
import type { Usage } from '../port.ts'
import { keyPrefix, pairsOf, Script } from './connection/redis-client.ts'
import type { RedisLink } from './connection/redis-link.ts'

/** Entries per script: some milliseconds of the server, so that no nonce waits long. */
const batch = 500

/** KEYS: a hash of calls by subject, a sorted set of subjects by last use. ARGV: -, subject, calls, at, and so on. */
const recordScript = new Script(`
for first = 2, #ARGV, 3 do
  redis.call('HINCRBY', KEYS[1], ARGV[first], ARGV[first + 1])
  redis.call('ZADD', KEYS[2], 'GT', ARGV[first + 2], ARGV[first])
end
local oldest = redis.call('TIME')[1] * 1000 - ${usageKeptMs}
local old = redis.call('ZRANGE', KEYS[2], '-inf', oldest, 'BYSCORE', 'LIMIT', 0, ${batch})
if #old > 0 then
  redis.call('HDEL', KEYS[1], unpack(old))
  redis.call('ZREM', KEYS[2], unpack(old))
end
redis.call('PEXPIRE', KEYS[1], ${usageKeptMs})
redis.call('PEXPIRE', KEYS[2], ${usageKeptMs})
`)

/** Answers the calls and the last uses, each as a flat list. */
const readScript = new Script(`
local oldest = redis.call('TIME')[1] * 1000 - ${usageKeptMs}
return {
  redis.call('HGETALL', KEYS[1]),
  redis.call('ZRANGE', KEYS[2], '(' .. string.format('%.0f', oldest), '+inf', 'BYSCORE', 'WITHSCORES')
}
`)

/** Usage in Redis. Both keys of an account expire if it is not used for long. */
export function redisUsage(link: RedisLink): Usage {
  return {
    record: (entries) =>
      inParts(entries, batch, async (account, part) => {
        const args = part.flatMap(({ subject, calls, at }) => [subject, String(calls), String(at)])
        await recordScript.run(link, keysOf(account), args)
      }),
    async of(account) {
      const reply = await readScript.run(link, keysOf(account), [])
      const [calls, lastUses = []] = Array.isArray(reply) ? reply.map(pairsOf) : []
      const callsOf = new Map(calls)
      return new Map(
        lastUses.map(([subject, at]) => [
          subject,
          { calls: Number(callsOf.get(subject) ?? 0), lastUsedAt: Number(at) },
        ]),
      )
    },
  }
}

function keysOf(account: AccountId): readonly [string, string] {
  const prefix = `${keyPrefix}usage:{${account}}:`
  return [`${prefix}calls`, `${prefix}last`]
}
