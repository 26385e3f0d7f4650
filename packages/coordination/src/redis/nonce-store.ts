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
  readonly shards: NonceShards
  readonly onOutage: 'refuse' | 'local'
  readonly onEvent: (event: RedisEvent) => void
}

/** How often an instance that has accepted timestamps ahead of the clock checks whether Redis still has them. */
const lookEveryMs = 1_000

/** Nonces that all instances share. */
export class RedisNonceStore implements NonceStore {
  readonly #link: RedisLink
  readonly #shards: NonceShards
  readonly #onEvent: (event: RedisEvent) => void
  /** Also used while Redis is up, so that an outage does not let this process accept a nonce again. */
  readonly #local: NonceMemory | undefined
  readonly #hash = nonceHasher(newNonceKey())
  #looking: NodeJS.Timeout | undefined

  constructor({ link, shards, onOutage, onEvent }: RedisNonceStoreOptions) {
    this.#link = link
    this.#shards = shards
    this.#onEvent = onEvent
    this.#local = onOutage === 'local' ? new NonceMemory() : undefined
  }

  async claim(claim: NonceClaim): Promise<NonceVerdict> {
    if (this.#local && !this.#local.add(this.#hash(claim))) return 'replayed'
    try {
      const verdict = await this.#shards.claim(this.#link, claim)
      if (verdict !== 'ahead') return verdict
      this.#lookSoon()
      return 'fresh'
    } catch (error) {
      return this.#withoutRedis(error)
    }
  }

  /** Redis may be emptied without another claim here, and other instances don't know what this one has accepted. */
  #lookSoon(): void {
    this.#looking ??= setTimeout(() => void this.#look(), lookEveryMs).unref()
  }

  async #look(): Promise<void> {
    // While Redis is down there is nothing to do: the next connection does this by itself.
    if (this.#link.isUp) await this.#shards.begin(this.#link).catch(() => undefined)
    this.#looking = undefined
    if (!this.#link.isClosed && this.#shards.hasTakenAhead) this.#lookSoon()
  }

  #withoutRedis(error: unknown): NonceVerdict {
    const takesLocal = this.#local !== undefined && !this.#link.isClosed
    this.#onEvent({ type: takesLocal ? 'nonce-local' : 'nonce-refused' })
    if (!takesLocal) throw error
    return 'fresh'
  }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000)
}

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
type ShardVerdict = 'fresh' | 'ahead' | 'replayed' | 'before-start'

/** The nonces of one server, or of one part of a cluster: an epoch and the nonces since then. */
interface Shard {
  /** All its keys begin with it, and are in one slot. */
  readonly prefix: string
  /** Each shard has its own, so that it learns for itself that its server did not know it. */
  readonly script: Script
  /** The one that this instance knows. */
  epoch: string
}

/** Nonces are spread over as many shards as a cluster needs to spread them over its nodes. */
export class NonceShards {
  readonly #shards: readonly Shard[]
  readonly #rememberScript = new Script(rememberScript)
  /** Timestamps ahead of the clock that this instance has accepted. They survive a loss of the nonces in Redis. */
  readonly #newest = new NewestTimestamps()

  constructor(count: number) {
    this.#shards = Array.from({ length: count }, (_, index) => {
      const prefix = `${keyPrefix}nonce:{${index}}:`
      return { prefix, script: new Script(`-- ${prefix}${claimScript}`), epoch: '' }
    })
  }

  /** Whether a Redis that has lost its nonces would need this instance's timestamps. */
  get hasTakenAhead(): boolean {
    this.#newest.forgetPast(nowSeconds())
    return this.#newest.size > 0
  }

  async claim(redis: CommandSender, claim: NonceClaim): Promise<ShardVerdict> {
    const hash = hashOfClaim(claim)
    const shard = this.#shards[hash.readUInt32LE(0) % this.#shards.length]
    if (!shard) throw new RangeError('there is at least one shard')
    const verdict = await this.#claimIn(shard, redis, claim, hash.toString('base64url'))
    if (verdict === 'ahead') this.#newest.raise(claim.appKey, claim.timestamp, nowSeconds())
    return verdict
  }

  /**
   * For a new connection, and to check whether the server has lost its data. Sets the epoch if there is none (setting
   * it later would refuse the first claims), and tells a server that has lost its data what was accepted before. The
   * timestamp is before any epoch.
   */
  async begin(redis: CommandSender): Promise<void> {
    const claim = { appKey: '', nonce: '', timestamp: 0 }
    await Promise.all(this.#shards.map((shard) => this.#claimIn(shard, redis, claim, 'none')))
  }

  async #claimIn(
    shard: Shard,
    redis: CommandSender,
    { appKey, timestamp }: NonceClaim,
    hash: string,
  ): Promise<ShardVerdict> {
    const { prefix, script } = shard
    const before = `${prefix}before`
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      const args = [String(timestamp), appKey, shard.epoch]
      const reply = await script.run(redis, [`${prefix}epoch`, `${prefix}${hash}`, before], args)
      // The script answers nothing else.
      if (!Array.isArray(reply)) return String(reply) as ShardVerdict
      await this.#remember(redis, before)
      // Only now: nothing is claimed in the new epoch before the server knows what was accepted earlier.
      shard.epoch = String(reply[0])
    }
    throw new Error(`Redis has lost its data ${maxAttempts} times during one nonce claim`)
  }

  async #remember(redis: CommandSender, key: string): Promise<void> {
    for (const entries of slicesOf(this.#newest.entries(), batch)) {
      const words = entries.flatMap(([appKey, timestamp]) => [appKey, String(timestamp)])
      await this.#rememberScript.run(redis, [key], words)
    }
  }
}

/** SHA-256, so that nobody can make two claims collide. The length keeps ('ab', 'c') and ('a', 'bc') apart. */
function hashOfClaim({ appKey, nonce, timestamp }: NonceClaim): Buffer {
  return hash('sha256', `${timestamp} ${appKey.length} ${appKey}${nonce}`, 'buffer')
}

/** About 1 MB. */
const maxAppKeys = 10_000

/** Stands for every app key. */
const everyone = '*'

/**
 * The newest accepted timestamp of each app key, among those that were ahead of the server's clock. Only these must
 * survive if Redis loses its nonces: all other timestamps are older than the loss. A client whose clock is ahead can
 * continue with its next second, and nobody else has to wait.
 */
export class NewestTimestamps {
  readonly #byAppKey = new Map<string, number>()

  get size(): number {
    return this.#byAppKey.size
  }

  raise(appKey: string, timestamp: number, nowSeconds: number): void {
    const known = this.#byAppKey.get(appKey)
    if (known !== undefined && known >= timestamp) return
    if (known === undefined && this.#byAppKey.size >= maxAppKeys) this.forgetPast(nowSeconds)
    // Strict rather than lax: if there is no room for one more, all keys share the newest timestamp.
    const isFull = known === undefined && this.#byAppKey.size >= maxAppKeys
    const name = isFull ? everyone : appKey
    this.#byAppKey.set(name, Math.max(timestamp, this.#byAppKey.get(name) ?? 0))
  }

  /** By this process's clock, which may be behind the server's by as much as the window. */
  forgetPast(nowSeconds: number): void {
    for (const [appKey, timestamp] of this.#byAppKey) {
      if (timestamp < nowSeconds - timestampWindowSeconds) this.#byAppKey.delete(appKey)
    }
  }

  entries(): [appKey: string, timestamp: number][] {
    return [...this.#byAppKey]
  }
}
