import { newNonceKey, nonceHasher } from '../local/nonce-hash.ts'
import { NonceMemory } from '../local/nonce-memory.ts'
import type { NonceClaim, NonceStore, NonceVerdict } from '../port.ts'
import type { RedisEvent } from './event.ts'
import { hashOfClaim, NonceShard } from './nonce-script.ts'
import type { CommandSender } from './redis-client.ts'
import type { RedisLink } from './redis-link.ts'

export interface RedisNonceStoreOptions {
  readonly link: RedisLink
  readonly shards: NonceShards
  readonly onOutage: 'refuse' | 'local'
  readonly onEvent: (event: RedisEvent) => void
}

/** Nonces are spread over as many shards as a cluster needs to spread them over its nodes. */
export class NonceShards {
  readonly #shards: readonly NonceShard[]

  constructor(keyPrefix: string, count: number) {
    this.#shards = Array.from({ length: count }, (_, index) => new NonceShard(`${keyPrefix}nonce:{${index}}:`))
  }

  claim(redis: CommandSender, claim: NonceClaim): Promise<NonceVerdict> {
    const hash = hashOfClaim(claim)
    const shard = this.#shards[hash.readUInt32LE(0) % this.#shards.length]
    if (!shard) throw new RangeError('there is at least one shard')
    return shard.claim(redis, claim.timestamp, hash.toString('base64url'))
  }

  async begin(redis: CommandSender): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.begin(redis)))
  }
}

/** Nonces that all instances share. */
export class RedisNonceStore implements NonceStore {
  readonly #link: RedisLink
  readonly #shards: NonceShards
  readonly #onEvent: (event: RedisEvent) => void
  /** Also used while Redis is up: what this process has taken it refuses during an outage, too. */
  readonly #local: NonceMemory | undefined
  readonly #hash = nonceHasher(newNonceKey())

  constructor({ link, shards, onOutage, onEvent }: RedisNonceStoreOptions) {
    this.#link = link
    this.#shards = shards
    this.#onEvent = onEvent
    this.#local = onOutage === 'local' ? new NonceMemory() : undefined
  }

  async claim(claim: NonceClaim): Promise<NonceVerdict> {
    if (this.#local && !this.#local.add(this.#hash(claim))) return 'replayed'
    try {
      return await this.#shards.claim(this.#link, claim)
    } catch (error) {
      return this.#withoutRedis(error)
    }
  }

  #withoutRedis(error: unknown): NonceVerdict {
    const takesLocal = this.#local !== undefined && !this.#link.isClosed
    this.#onEvent({ type: takesLocal ? 'nonce-local' : 'nonce-refused' })
    if (!takesLocal) throw error
    return 'fresh'
  }
}
