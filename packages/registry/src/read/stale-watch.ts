import type { AccountId } from '@mtls-gateway/domain'
import type { Clock } from '../time/clock.ts'
import type { AccountCopies } from './account-copies.ts'
import type { ReaderEvent, Staleness } from './reader-event.ts'

export interface StaleWatchOptions {
  readonly clock: Clock
  readonly copies: AccountCopies
  /** The accounts that could not be read the last time. */
  readonly failed: () => Iterable<AccountId>
  readonly limitMs: number
  readonly onEvent: (event: ReaderEvent) => void
}

const everyMs = 60_000

/** Tells how old copies are long before they get too old to be served. */
export class StaleWatch {
  readonly #options: StaleWatchOptions
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(options: StaleWatchOptions) {
    this.#options = options
  }

  /** Looks at up to 10,000 accounts, and only at those that could not be read. */
  staleness(): Staleness {
    const { copies, failed } = this.#options
    let [count, oldestMs] = [0, 0]
    for (const accountId of failed()) {
      const ms = copies.staleMs(accountId)
      if (ms === undefined) continue
      count += 1
      oldestMs = Math.max(oldestMs, ms)
    }
    return { copies: count, oldestMs }
  }

  /** Call it when an account could not be read. Each that is held is read again every second then, without calls. */
  look(accountId: AccountId): void {
    const { clock, copies, limitMs, onEvent } = this.#options
    if ((copies.staleMs(accountId) ?? 0) <= limitMs / 2 || clock.now() - this.#toldAt < everyMs) return
    this.#toldAt = clock.now()
    onEvent({ type: 'half-stale', limitMs, ...this.staleness() })
  }
}
