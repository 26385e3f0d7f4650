import type { AccountId } from '@mtls-gateway/domain'
import { askedFor, callsKeptMs, inParts, keptCalls, kindOf, oldestKeptId } from '../local/rules.ts'
import type { RecentCalls } from '../port.ts'
import { keyPrefix, Script, streamEntries, unavailable } from './connection/redis-client.ts'
import type { RedisLink } from './connection/redis-link.ts'

/** Calls per script: some milliseconds of the server, so that no nonce waits long. */
const batch = 100

/** KEYS: a stream of failures, one of successes, with ids in common. ARGV: -, kind, call, kind, call, and so on. */
const recordScript = new Script(`
local time = redis.call('TIME')
local next = time[1] * 1000000 + time[2]
for _, key in ipairs(KEYS) do
  local last = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
  if last then next = math.max(next, tonumber(string.match(last[1], '^%d+')) + 1) end
end
for first = 2, #ARGV, 2 do
  local isSuccess = ARGV[first] == 'success'
  local key = isSuccess and KEYS[2] or KEYS[1]
  local kept = isSuccess and ${keptCalls.success} or ${keptCalls.failure}
  redis.call('XADD', key, 'MAXLEN', kept, string.format('%.0f-0', next), 'call', ARGV[first + 1])
  redis.call('PEXPIRE', key, ${callsKeptMs})
  next = next + 1
end
`)

/**
 * KEYS: both streams. ARGV: -, the greatest id, the smallest one. Both are read at one moment: whoever goes on after
 * the newest call that is found would pass over one that is recorded between two reads.
 */
const readScript = new Script(`
local calls = {}
for _, key in ipairs(KEYS) do
  for _, call in ipairs(redis.call('XREVRANGE', key, ARGV[2], ARGV[3])) do
    table.insert(calls, call)
  end
end
return calls
`)

/**
 * Recent calls as two streams per account, which expire after its last calls.
 * @param hasRoom false: nothing is recorded, as a Redis that is full takes no nonces
 */
export function redisRecentCalls(link: RedisLink, hasRoom: () => boolean): RecentCalls {
  return {
    async record(entries) {
      if (!hasRoom()) throw unavailable('nearly full')
      await inParts(entries, batch, async (account, part) => {
        const args = part.flatMap(({ call }) => [kindOf(call), JSON.stringify(call)])
        await recordScript.run(link, keysOf(account), args)
      })
    },
    async of(account, query) {
      const start = `${Math.max(query.after ?? 0, oldestKeptId()) + 1}-0`
      const end = query.before === undefined ? '+' : `${query.before - 1}-0`
      const entries = streamEntries(await readScript.run(link, keysOf(account), [end, start]))
      const stored = entries.map(({ number: id, value: json }) => ({ id, json }))
      return askedFor(stored, query)
    },
  }
}

function keysOf(account: AccountId): readonly [string, string] {
  const prefix = `${keyPrefix}calls:{${account}}:`
  return [`${prefix}failure`, `${prefix}success`]
}
