import { newNonceKey, nonceHasher } from '../../local/nonce-hash.ts'
import { NonceMemory } from '../../local/nonce-memory.ts'
import type { NonceClaim, NonceStore, NonceVerdict } from '../../port.ts'
import type { RedisEvent } from '../connection/event.ts'
import type { RedisLink } from '../connection/redis-link.ts'
import type { NonceShards } from './nonce-shards.ts'

export interface RedisNonceStoreOptions {
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
