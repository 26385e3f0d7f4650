import { hash } from 'node:crypto'
import type { NonceClaim, NonceVerdict } from '../port.ts'
import type { CommandSender } from './redis-client.ts'
import { Script } from './script.ts'

/**
 * One second more than twice the timestamp window of 300 s: a nonce whose timestamp is 300 s ahead when it is claimed
 * stays acceptable for 600 s.
 */
const horizonSeconds = 601

/**
 * KEYS: the epoch, which is the second since which nonces are remembered; the nonce. ARGV: whether the server did not know the
 * script, the timestamp. A server that has been started again may have loaded an epoch from its disk that is older than the nonces that it lost.
 * An epoch in the future shows that the clock was set back.
 */
const claimScript = `
local now = tonumber(redis.call('TIME')[1])
local epoch = tonumber(redis.call('GET', KEYS[1]))
if ARGV[1] == '1' or not epoch or epoch > now then
  epoch = now
  redis.call('SET', KEYS[1], epoch)
end
if now - epoch < ${horizonSeconds} and tonumber(ARGV[2]) <= epoch then
  return 'before-start'
end
if redis.call('SET', KEYS[2], '', 'NX', 'EX', ${horizonSeconds}) then
  return 'fresh'
end
return 'replayed'
`

/** The nonces that one server remembers, or one part of a cluster's: an epoch and the nonces beside it. */
export class NonceShard {
  readonly #script: Script
  readonly #keyPrefix: string

  /** `keyPrefix` makes all keys of the shard lie in one slot. */
  constructor(keyPrefix: string) {
    this.#keyPrefix = keyPrefix
    // Each shard has a script of its own, so that each learns for itself that its server did not know it.
    this.#script = new Script(`-- ${keyPrefix}${claimScript}`)
  }

  async claim(redis: CommandSender, timestamp: number, hash: string): Promise<NonceVerdict> {
    const keys = [`${this.#keyPrefix}epoch`, `${this.#keyPrefix}${hash}`] as const
    const verdict = await this.#script.run(redis, keys, [String(timestamp)])
    // The script answers nothing else.
    return String(verdict) as NonceVerdict
  }

  /** Sets the epoch if there is none: later it would refuse the first claims. This timestamp is before any epoch. */
  async begin(redis: CommandSender): Promise<void> {
    await this.claim(redis, 0, 'none')
  }
}

/** SHA-256, so that nobody can make two claims collide. The length keeps ('ab', 'c') and ('a', 'bc') apart. */
export function hashOfClaim({ appKey, nonce, timestamp }: NonceClaim): Buffer {
  return hash('sha256', `${timestamp} ${appKey.length} ${appKey}${nonce}`, 'buffer')
}
