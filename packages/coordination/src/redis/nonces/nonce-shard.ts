import { hash } from 'node:crypto'
import { nonceSeconds } from '@mtls-gateway/domain'
import type { NonceClaim } from '../../port.ts'
import type { CommandSender } from '../connection/redis-client.ts'
import { Script } from '../connection/script.ts'
import type { NewestTimestamps } from './newest-timestamps.ts'

/**
 * KEYS: the epoch, which is the moment since which nonces are remembered; the nonce; what is known about the time
 * before the epoch. ARGV: whether the server did not know the script, the timestamp, the app key, the epoch that the
 * instance knows. A restarted server may have loaded an epoch from disk that is older than the nonces that it has lost.
 * An epoch in the future shows that the clock was set back.
 *
 * An instance with another epoch gets the current one, and nothing is claimed: it first reports what it accepted
 * before.
 */
const claimScript = `
local time = redis.call('TIME')
local now = tonumber(time[1])
local epoch = redis.call('GET', KEYS[1])
if ARGV[1] == '1' or not epoch or math.floor(tonumber(epoch)) > now then
  epoch = string.format('%s.%06d', time[1], time[2])
  redis.call('SET', KEYS[1], epoch)
end
if ARGV[4] ~= epoch then
  return {epoch}
end
local timestamp = tonumber(ARGV[2])
if now - tonumber(epoch) < ${nonceSeconds} then
  if timestamp <= tonumber(epoch) then
    return 'before-start'
  end
  for _, taken in ipairs(redis.call('HMGET', KEYS[3], ARGV[3], '*')) do
    if taken and timestamp <= tonumber(taken) then
      return 'before-start'
    end
  end
end
if not redis.call('SET', KEYS[2], '', 'NX', 'EX', ${nonceSeconds}) then
  return 'replayed'
end
return timestamp > now and 'ahead' or 'fresh'
`

/**
 * KEYS: what is known about the time before the epoch. ARGV: whether the server did not know the script, then app keys,
 * each with its newest timestamp.
 */
const rememberScript = `
for at = 2, #ARGV, 2 do
  local known = tonumber(redis.call('HGET', KEYS[1], ARGV[at]))
  if not known or known < tonumber(ARGV[at + 1]) then
    redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
  end
end
redis.call('PEXPIRE', KEYS[1], ${nonceSeconds * 1_000})
`

/** App keys per run, so that no run blocks the server for long. */
const batch = 500

/** How often a server may lose its data during one claim before this counts as an outage. */
const maxAttempts = 3

/** `ahead`: fresh, and its timestamp is ahead of the server's clock. */
export type ShardVerdict = 'fresh' | 'ahead' | 'replayed' | 'before-start'

/** The nonces of one server, or of one part of a cluster: an epoch and the nonces since then. */
export class NonceShard {
  readonly #script: Script
  readonly #rememberScript = new Script(rememberScript)
  readonly #keyPrefix: string
  readonly #newest: NewestTimestamps
  #epoch = ''

  /** `keyPrefix` puts all keys of the shard into one slot. `newest` is sent to a server that has lost its nonces. */
  constructor(keyPrefix: string, newest: NewestTimestamps) {
    this.#keyPrefix = keyPrefix
    this.#newest = newest
    // Each shard has a script of its own, so that each learns for itself that its server did not know it.
    this.#script = new Script(`-- ${keyPrefix}${claimScript}`)
  }

  async claim(redis: CommandSender, { appKey, timestamp }: NonceClaim, hash: string): Promise<ShardVerdict> {
    const keys = [`${this.#keyPrefix}epoch`, `${this.#keyPrefix}${hash}`, this.#beforeKey] as const
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const reply = await this.#script.run(redis, keys, [String(timestamp), appKey, this.#epoch])
      // The script answers nothing else.
      if (!Array.isArray(reply)) return String(reply) as ShardVerdict
      await this.#rememberBefore(redis)
      // Only now: nothing is claimed in the new epoch before the server knows what was accepted earlier.
      this.#epoch = String(reply[0])
    }
    throw new Error(`Redis has lost its data ${maxAttempts} times during one nonce claim`)
  }

  /**
   * Sets the epoch if there is none (setting it later would refuse the first claims), and tells a server that has lost
   * its data what was accepted before. This timestamp is before any epoch.
   */
  async begin(redis: CommandSender): Promise<void> {
    await this.claim(redis, { appKey: '', nonce: '', timestamp: 0 }, 'none')
  }

  get #beforeKey(): string {
    return `${this.#keyPrefix}before`
  }

  async #rememberBefore(redis: CommandSender): Promise<void> {
    const entries = this.#newest.entries()
    for (let first = 0; first < entries.length; first += batch) {
      const words = entries.slice(first, first + batch).flatMap(([appKey, timestamp]) => [appKey, String(timestamp)])
      await this.#rememberScript.run(redis, [this.#beforeKey], words)
    }
  }
}

/** SHA-256, so that nobody can make two claims collide. The length keeps ('ab', 'c') and ('a', 'bc') apart. */
export function hashOfClaim({ appKey, nonce, timestamp }: NonceClaim): Buffer {
  return hash('sha256', `${timestamp} ${appKey.length} ${appKey}${nonce}`, 'buffer')
}
