import { CodedError } from '@mtls-gateway/domain'
import { liveMs } from '../../local/rules.ts'
import type { CommandSender } from '../connection/redis-client.ts'
import { Script } from '../connection/script.ts'
import type { PresenceKeys } from './presence-keys.ts'

/**
 * The epoch is the millisecond since which instances announce themselves here. It is set to now if the server did not
 * know the script (ARGV[1]), because it has been restarted or has taken over. Run on each new connection, before any
 * other use.
 */
const beginScript = new Script(`
local time = redis.call('TIME')
if ARGV[1] == '1' or not redis.call('GET', KEYS[1]) then
  redis.call('SET', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000))
end
`)

/** KEYS: epoch, list. Answers the live instances, or the milliseconds until they can be known. */
const liveScript = new Script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local epoch = tonumber(redis.call('GET', KEYS[1]))
if not epoch or epoch > now then
  epoch = now
  redis.call('SET', KEYS[1], now)
end
if now - epoch < ${liveMs} then
  return epoch + ${liveMs} - now
end
return redis.call('ZRANGE', KEYS[2], '(' .. now, now + ${liveMs}, 'BYSCORE')
`)

/** Must be the first command on a new connection. */
export async function beginPresence(redis: CommandSender, { epoch }: PresenceKeys): Promise<void> {
  await beginScript.run(redis, [epoch], [])
}

/** Rejects with CodedError `COORDINATION_UNAVAILABLE`. */
export async function liveInstances(redis: CommandSender, { epoch, list }: PresenceKeys): Promise<readonly string[]> {
  const reply = await liveScript.run(redis, [epoch, list], [])
  if (Array.isArray(reply)) return reply.map(String)
  throw new CodedError(
    'COORDINATION_UNAVAILABLE',
    'Redis has just started or lost its data, and the running instances may not have announced themselves again. Repeat the request in a few seconds.',
    { retryAfterSeconds: Math.ceil(Number(reply) / 1_000) },
  )
}
