import type { Board } from '../local/presence.ts'
import { type CommandSender, keyPrefix, pairsOf, Script } from './connection/redis-client.ts'

/** All of it is in one slot of a cluster. */
const prefix = `${keyPrefix}{presence}:`
/** The millisecond since which nothing that was shown here has been lost. */
const sinceKey = `${prefix}since`
/** A hash: when a text was shown, until when it counts, and the text, by its key. */
const keyOf = (topic: string): string => `${prefix}${topic}`
/**
 * Instances of releases up to 0.2 list themselves in `live`, and find out by `epoch` since when. The two releases can't
 * ask each other: as long as instances of both run, each takes the board for one that may not know all of them yet.
 */
const [earlierLiveKey, earlierSinceKey] = [`${prefix}live`, `${prefix}epoch`]

const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`

/** ARGV: -, key, text, how long in milliseconds. */
const showScript = new Script(`${now}
redis.call('HSET', KEYS[1], ARGV[2], string.format('%.0f %.0f %s', now, now + ARGV[4], ARGV[3]))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
redis.call('SET', KEYS[2], now)
`)

/**
 * Answers for how long nothing was lost, keys and texts. A server that did not know the script (ARGV[1]) was restarted
 * or has taken over. Since or a text from the future: the clock was set back. What was shown before is lost
 * then until it is shown again.
 */
const readScript = new Script(`${now}
local since = tonumber(redis.call('GET', KEYS[2]))
local lost = ARGV[1] == '1' or not since or since > now
local found = { 0 }
local all = redis.call('HGETALL', KEYS[1])
for first = 1, #all, 2 do
  local shown, ends, text = string.match(all[first + 1], '^(%d+) (%d+) (.*)$')
  if shown and tonumber(shown) <= now and tonumber(ends) > now then
    table.insert(found, all[first])
    table.insert(found, text)
  else
    lost = lost or shown and tonumber(shown) > now
    redis.call('HDEL', KEYS[1], all[first])
  end
end
if lost then
  redis.call('SET', KEYS[2], now)
elseif #redis.call('ZRANGE', KEYS[3], 0, 0) == 0 then
  found[1] = now - since
end
return found
`)

/** What instances show each other, by the clock of Redis. Each new connection reads it first. */
export function redisBoard(link: CommandSender): Board {
  return {
    async show(topic, key, text, ms) {
      await showScript.run(link, [keyOf(topic), earlierSinceKey], [key, text, String(ms)])
    },
    async read(topic) {
      const reply = await readScript.run(link, [keyOf(topic), sinceKey, earlierLiveKey], [])
      const [completeForMs, ...words] = Array.isArray(reply) ? reply : []
      return { texts: new Map(pairsOf(words)), completeForMs: Number(completeForMs) }
    },
  }
}
