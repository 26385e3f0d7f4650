import { CodedError, nonceSeconds } from '@mtls-gateway/domain'
import type { NonceHash } from './nonce-hash.ts'
import { NonceSet } from './nonce-set.ts'

const usualSpanMs = nonceSeconds * 1_000

/** 10,300 claims a second; with more, the tables would double beyond 134 MB in all. */
const maxPerSpan = 6_200_000

/** What a process leaves to the next one. */
export interface NonceGenerations {
  readonly current: NonceSet
  readonly previous: NonceSet
  /** How long `current` has been the current one, in milliseconds. */
  readonly currentAgeMs: number
}

export interface NonceMemoryOptions {
  /** Time without a running process does not count, so a wrong clock at the start forgets nothing. */
  readonly restored?: NonceGenerations | undefined
  readonly spanMs?: number
  /** How many nonces a generation takes. */
  readonly maxPerSpan?: number
  /** Milliseconds on a clock that never goes back. */
  readonly now?: () => number
}

/**
 * Remembers each nonce for one to two spans, in two generations: the older one is dropped when the newer one has
 * covered its span. Takes at most 134 MB (two generations of 1,024 tables of 8,192 slots of 8 bytes, for 6.2 million
 * claims in 601 s), and allocates only what it needs.
 */
export class NonceMemory {
  readonly #spanMs: number
  readonly #maxPerSpan: number
  readonly #now: () => number
  #current: NonceSet
  #previous: NonceSet
  #currentSince: number

  constructor(options: NonceMemoryOptions = {}) {
    const { restored } = options
    this.#spanMs = options.spanMs ?? usualSpanMs
    this.#maxPerSpan = options.maxPerSpan ?? maxPerSpan
    this.#now = options.now ?? (() => performance.now())
    this.#current = restored?.current ?? new NonceSet()
    this.#previous = restored?.previous ?? new NonceSet()
    this.#currentSince = this.#now() - (restored?.currentAgeMs ?? 0)
  }

  /**
   * False if the nonce is remembered already.
   * @throws CodedError `COORDINATION_UNAVAILABLE` if the memory is full: refusing is better than forgetting a nonce.
   */
  add(hash: NonceHash): boolean {
    this.#rotate()
    if (this.#previous.has(hash) || this.#current.has(hash)) return false
    if (this.#current.size >= this.#maxPerSpan) throw this.#full()
    return this.#current.add(hash)
  }

  generations(): NonceGenerations {
    return { current: this.#current, previous: this.#previous, currentAgeMs: this.#now() - this.#currentSince }
  }

  #rotate(): void {
    const now = this.#now()
    const age = now - this.#currentSince
    if (age < this.#spanMs) return
    const next = age < 2 * this.#spanMs
    this.#previous.clear()
    if (!next) this.#current.clear()
    ;[this.#previous, this.#current] = [this.#current, this.#previous]
    this.#currentSince = next ? this.#currentSince + this.#spanMs : now
  }

  #full(): CodedError {
    const seconds = Math.ceil((this.#currentSince + this.#spanMs - this.#now()) / 1_000)
    return new CodedError(
      'COORDINATION_UNAVAILABLE',
      `This instance has taken ${this.#maxPerSpan} OAuth 1.0a requests within ${this.#spanMs / 1_000} s and can't remember more nonces. Repeat the request later, and add instances.`,
      { retryAfterSeconds: seconds },
    )
  }
}
