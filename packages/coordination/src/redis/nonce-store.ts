import { hash } from 'node:crypto'
import { nonceSeconds, timestampWindowSeconds } from '@mtls-gateway/domain'
import { NonceMemory, newNonceKey, nonceHasher } from '../local/nonce-memory.ts'
import { slicesOf } from '../local/rules.ts'
import type { NonceClaim, NonceStore, NonceVerdict } from '../port.ts'
import type { RedisEvent } from './connection/options.ts'
import { type CommandSender, keyPrefix, Script } from './connection/redis-client.ts'
import type { RedisLink } from './connection/redis-link.ts'

interface RedisNonceStoreOptions {
  readonly link: RedisLink
  /** Over how many parts nonces are spread: a cluster needs several to spread them over its nodes. */
  readonly shards: number
  readonly onOutage: 'refuse' | 'local'
  readonly onEvent: (event: RedisEvent) => void
}

/** How often an instance that has accepted timestamps ahead of the clock checks whether Redis still has them. */
const lookEveryMs = 1_000

/**
 * KEYS: the epoch, which is the moment since which nonces are remembered; the nonce; what is known about the time
 * before the epoch. ARGV: whether the server did not know the script, the timestamp, the app key, the epoch that the
 * instance knows. A restarted server may have loaded an epoch from disk that is older than the nonces that it has lost.
 * An epoch in the future shows that the clock was set back.
 *
 * An instance with another epoch gets the current one, and nothing is claimed: it first reports what it accepted
 * before. `*` stands for every app key. To change the text begins a new epoch, as the server does not know the script
 * then.
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

/** An instance keeps the newest timestamp of this many: 1 MB, which each shard must be told of after a loss. */
const maxAppKeys = 10_000

/** Told at once after a loss. An attempt that ends too early has told some, and the next one goes on there. */
const shardsAtOnce = 8

/** How often a server may lose its data during one claim before this counts as an outage. */
const maxAttempts = 3

/** The nonces of one server, or of one part of a cluster: an epoch and the nonces since then. */
interface Shard {
  /** All its keys begin with it, and are in one slot. */
  readonly prefix: string
  /** Each shard has its own, so that it learns for itself that its server did not know it. */
  readonly script: Script
  /** The one that this instance knows. */
  epoch: string
}

/** Nonces that all instances share. */
export class RedisNonceStore implements NonceStore {
  readonly #link: RedisLink
  readonly #shards: readonly Shard[]
  readonly #onEvent: (event: RedisEvent) => void
  readonly #rememberScript = new Script(rememberScript)
  /**
   * The newest timestamp of each app key that this instance has accepted, among those ahead of the server's clock. Only
   * these must survive if Redis loses its nonces: all others are older than the loss. A client whose clock is ahead can
   * continue with its next second, and nobody else has to wait. Further app keys share `*`: strict rather than lax.
   */
  readonly #newest = new Map<string, number>()
  /** Also used while Redis is up, so that an outage does not let this process accept a nonce again. */
  readonly #local: NonceMemory | undefined
  readonly #hash = nonceHasher(newNonceKey())
  #looking: NodeJS.Timeout | undefined

  constructor({ link, shards, onOutage, onEvent }: RedisNonceStoreOptions) {
    this.#link = link
    this.#shards = Array.from({ length: shards }, (_, index) => {
      const prefix = `${keyPrefix}nonce:{${index}}:`
      return { prefix, script: new Script(`-- ${prefix}${claimScript}`), epoch: '' }
    })
    this.#onEvent = onEvent
    this.#local = onOutage === 'local' ? new NonceMemory() : undefined
  }

  async claim(claim: NonceClaim): Promise<NonceVerdict> {
    if (this.#local && !this.#local.add(claim.timestamp, this.#hash(claim))) return 'replayed'
    try {
      const hash = hashOfClaim(claim)
      const shard = this.#shards[hash.readUInt32LE(0) % this.#shards.length]
      if (!shard) throw new RangeError('there is at least one shard')
      const verdict = await this.#claimIn(shard, this.#link, claim, hash.toString('base64url'))
      if (verdict !== 'ahead') return verdict
      const { appKey, timestamp } = claim
      const name = this.#newest.has(appKey) || this.#newest.size < maxAppKeys ? appKey : '*'
      this.#newest.set(name, Math.max(timestamp, this.#newest.get(name) ?? 0))
      this.#lookSoon()
      return 'fresh'
    } catch (error) {
      const takesLocal = this.#local !== undefined && !this.#link.isClosed
      this.#onEvent({ type: takesLocal ? 'nonce-local' : 'nonce-refused' })
      if (takesLocal) return 'fresh'
      throw error
    }
  }

  /**
   * For a new connection, and to check whether the server has lost its data. Sets the epoch if there is none (setting
   * it later would refuse the first claims), and tells a server that has lost its data what was accepted before. The
   * timestamp is before any epoch.
   */
  async begin(redis: CommandSender): Promise<void> {
    const claim = { appKey: '', nonce: '', timestamp: 0 }
    for (const shards of slicesOf(this.#shards, shardsAtOnce)) {
      await Promise.all(shards.map((shard) => this.#claimIn(shard, redis, claim, 'none')))
    }
  }

  /** Redis may be emptied without another claim here, and other instances don't know what this one has accepted. */
  #lookSoon(): void {
    this.#looking ??= setTimeout(() => void this.#look(), lookEveryMs).unref()
  }

  async #look(): Promise<void> {
    // While Redis is down there is nothing to do: the next connection does this by itself.
    if (this.#link.isUp) await this.begin(this.#link).catch(() => undefined)
    this.#looking = undefined
    // By this process's clock, which may be behind the server's by as much as the window.
    const past = Math.floor(Date.now() / 1_000) - timestampWindowSeconds
    for (const [appKey, timestamp] of this.#newest) if (timestamp < past) this.#newest.delete(appKey)
    if (!this.#link.isClosed && this.#newest.size > 0) this.#lookSoon()
  }

  /** `ahead`: fresh, and its timestamp is ahead of the server's clock. */
  async #claimIn(
    shard: Shard,
    redis: CommandSender,
    { appKey, timestamp }: NonceClaim,
    hash: string,
  ): Promise<NonceVerdict | 'ahead'> {
    const { prefix, script } = shard
    const before = `${prefix}before`
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const args = [String(timestamp), appKey, shard.epoch]
      const reply = await script.run(redis, [`${prefix}epoch`, `${prefix}${hash}`, before], args)
      // The script answers nothing else.
      if (!Array.isArray(reply)) return String(reply) as NonceVerdict | 'ahead'
      await this.#remember(redis, before)
      // Only now: nothing is claimed in the new epoch before the server knows what was accepted earlier.
      shard.epoch = String(reply[0])
    }
    throw new Error(`Redis has lost its data ${maxAttempts} times during one nonce claim`)
  }

  async #remember(redis: CommandSender, key: string): Promise<void> {
    for (const entries of slicesOf([...this.#newest], batch)) {
      const words = entries.flatMap(([appKey, timestamp]) => [appKey, String(timestamp)])
      await this.#rememberScript.run(redis, [key], words)
    }
  }
}

/** SHA-256, so that nobody can make two claims collide. The length keeps ('ab', 'c') and ('a', 'bc') apart. */
function hashOfClaim({ appKey, nonce, timestamp }: NonceClaim): Buffer {
  return hash('sha256', `${timestamp} ${appKey.length} ${appKey}${nonce}`, 'buffer')
}
