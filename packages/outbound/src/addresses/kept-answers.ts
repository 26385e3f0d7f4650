import type { LookupAddress } from 'node:dns'

/** What is known of a name, until it has to be asked for again. */
export interface KeptAnswer {
  readonly addresses: readonly LookupAddress[]
  readonly error: Error | undefined
  /** In milliseconds of `performance.now()`, as the next two. */
  readonly expiresAt: number
  /** When name servers have given its addresses. */
  readonly foundAt: number
  /** Until then its addresses may be used while name servers say nothing. */
  readonly goodUntil: number
  /** They are used although they have expired. */
  readonly isStale: boolean
}

export interface KeptAnswersLimits {
  /** Names of all accounts together. */
  readonly total: number
  /** Names of one account. */
  readonly share: number
}

/** How often those that are kept only in case name servers fail make room for others. */
const makeRoomEveryMs = 1_000

/**
 * The answers of each account apart: one that asks for ever new names drops its own, the least recently used first, and
 * what others have stays. Where there is no room for an account that has none, it does without until others' expire.
 */
export class KeptAnswers {
  readonly #limits: KeptAnswersLimits
  readonly #sweepMs: number
  /** The newest last, so that the first is the one to drop. */
  readonly #accounts = new Map<string, Map<string, KeptAnswer>>()
  #size = 0
  #sweeping: NodeJS.Timeout | undefined
  #madeRoomAt = Number.NEGATIVE_INFINITY

  /** @param sweepMs how often expired ones are dropped, in milliseconds */
  constructor(limits: KeptAnswersLimits, sweepMs = 30_000) {
    this.#limits = limits
    this.#sweepMs = sweepMs
  }

  /** Expired ones among them, for a while. */
  get size(): number {
    return this.#size
  }

  /** Undefined if it has expired. */
  get(owner: string, name: string): KeptAnswer | undefined {
    const names = this.#accounts.get(owner)
    const answer = names?.get(name)
    if (names === undefined || answer === undefined || answer.expiresAt <= performance.now()) return undefined
    names.delete(name)
    names.set(name, answer)
    return answer
  }

  /** One whose addresses may be used if name servers say nothing, expired or not. */
  lastGood(owner: string, name: string): KeptAnswer | undefined {
    const answer = this.#accounts.get(owner)?.get(name)
    return answer !== undefined && answer.goodUntil > performance.now() ? answer : undefined
  }

  keep(owner: string, name: string, answer: KeptAnswer): void {
    const { total, share } = this.#limits
    if (this.#size >= total) this.#makeRoom()
    const names = this.#accounts.get(owner) ?? new Map<string, KeptAnswer>()
    this.#drop(owner, names, name)
    if (names.size >= share || this.#size >= total) {
      const [oldest] = names.keys()
      if (oldest === undefined) return
      this.#drop(owner, names, oldest)
    }
    names.set(name, answer)
    this.#size += 1
    this.#accounts.set(owner, names)
    this.#sweeping ??= setTimeout(this.#sweep, this.#sweepMs).unref()
  }

  #drop(owner: string, names: Map<string, KeptAnswer>, name: string): void {
    if (!names.delete(name)) return
    this.#size -= 1
    if (names.size === 0) this.#accounts.delete(owner)
  }

  readonly #sweep = (): void => {
    this.#dropWhere(({ expiresAt, goodUntil }, now) => Math.max(expiresAt, goodUntil) <= now)
    this.#sweeping = this.#size > 0 ? setTimeout(this.#sweep, this.#sweepMs).unref() : undefined
  }

  #makeRoom(): void {
    const now = performance.now()
    if (now - this.#madeRoomAt < makeRoomEveryMs) return
    this.#madeRoomAt = now
    this.#dropWhere(({ expiresAt }) => expiresAt <= now)
  }

  #dropWhere(isOver: (answer: KeptAnswer, now: number) => boolean): void {
    const now = performance.now()
    for (const [owner, names] of this.#accounts) {
      for (const [name, answer] of names) if (isOver(answer, now)) this.#drop(owner, names, name)
    }
  }
}
