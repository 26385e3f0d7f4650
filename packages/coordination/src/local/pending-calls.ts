import type { AccountId } from '@mtls-gateway/domain'
import type { CallEntry } from '../port.ts'

/** How many wait to be recorded; the reserve is for accounts that have none among them. */
export interface PendingLimits {
  readonly total: number
  readonly share: number
  readonly reserve: number
}

/** Calls that wait to be recorded. An account that has many leaves room for the others. */
export class PendingCalls {
  readonly #limits: PendingLimits
  readonly #counts = new Map<AccountId, number>()
  #entries: CallEntry[] = []

  constructor(limits: PendingLimits) {
    this.#limits = limits
  }

  /** Whether there is room for one more of this account. */
  hasRoom(account: AccountId): boolean {
    const { total, share, reserve } = this.#limits
    const count = this.#counts.get(account) ?? 0
    return count < share && this.#entries.length < (count === 0 ? total : total - reserve)
  }

  add(entry: CallEntry): void {
    this.#counts.set(entry.account, (this.#counts.get(entry.account) ?? 0) + 1)
    this.#entries.push(entry)
  }

  take(): readonly CallEntry[] {
    const entries = this.#entries
    this.#entries = []
    this.#counts.clear()
    return entries
  }
}
