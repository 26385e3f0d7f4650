import type { AccountId } from '@mtls-gateway/domain'
import type { Clock } from '../clock.ts'

export interface Served {
  readonly revision: number
  /** It is to be read anew: a notice named a newer one, or there may be one by now. */
  readonly isBehind: boolean
}

/**
 * How late it may be that an account falls behind or is no longer named because time has passed: 10,000 accounts take
 * some 2 ms to look at.
 */
const sweepEveryMs = 10_000

/**
 * The revision with which a call of an account that starts now is served at least, for each account that is held or was
 * named by a notice within 15 minutes. Kept account by account, so that it is at hand each second, however many
 * there are.
 */
export class ServedRevisions {
  readonly #clock: Clock
  readonly #servedOf: (accountId: AccountId) => Served | undefined
  readonly #revisions = new Map<AccountId, number>()
  /** The one that has waited longest first. */
  readonly #behind = new Set<AccountId>()
  readonly #listeners: (() => void)[] = []
  #sweptAt: number

  constructor(clock: Clock, servedOf: (accountId: AccountId) => Served | undefined) {
    this.#clock = clock
    this.#servedOf = servedOf
    this.#sweptAt = clock.now()
  }

  /** Called when an account is named anew or with another revision, or falls behind. Must not throw. */
  onChanged(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** What is known of the account has changed. */
  update(accountId: AccountId): void {
    const served = this.#servedOf(accountId)
    const wasBehind = this.#behind.has(accountId)
    const isBehind = served?.isBehind === true
    const before = this.#revisions.get(accountId)
    if (served === undefined) this.#revisions.delete(accountId)
    else this.#revisions.set(accountId, served.revision)
    if (!isBehind) this.#behind.delete(accountId)
    else if (!wasBehind) this.#behind.add(accountId)
    if (served === undefined || (served.revision === before && isBehind === wasBehind)) return
    for (const listener of this.#listeners) listener()
  }

  /** How many accounts have to be read anew. */
  get behind(): number {
    return this.#behind.size
  }

  /** It goes on changing. */
  all(): ReadonlyMap<AccountId, number> {
    const now = this.#clock.now()
    if (now - this.#sweptAt >= sweepEveryMs) {
      this.#sweptAt = now
      this.updateAll()
    }
    return this.#revisions
  }

  /** What is known of every account may have changed. */
  updateAll(): void {
    for (const accountId of this.#revisions.keys()) this.update(accountId)
  }

  /** Accounts that are behind, at most so many; the others come first the next time. */
  nextBehind(count: number): readonly AccountId[] {
    const next: AccountId[] = []
    for (const accountId of this.#behind) {
      if (next.length === count) break
      next.push(accountId)
    }
    for (const accountId of next) {
      this.#behind.delete(accountId)
      this.#behind.add(accountId)
    }
    return next
  }
}
