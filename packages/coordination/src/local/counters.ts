import type { AccountId } from '@mtls-gateway/domain'

/**
 * A counter for each subject of each account, up to so many. Those in use stay from one record to the next: new ones
 * would all have grown old when they are dropped, and fill the heap.
 */
export class Counters<Subject, Counter> {
  readonly #ofAccounts = new Map<AccountId, Map<Subject, Counter>>()
  readonly #most: number
  readonly #make: () => Counter
  #count = 0

  constructor(most: number, make: () => Counter) {
    this.#most = most
    this.#make = make
  }

  /** Undefined if there are too many: then it is not counted. */
  of(account: AccountId, subject: Subject): Counter | undefined {
    let ofAccount = this.#ofAccounts.get(account)
    const known = ofAccount?.get(subject)
    if (known !== undefined) return known
    if (this.#count >= this.#most) return undefined
    if (ofAccount === undefined) {
      ofAccount = new Map()
      this.#ofAccounts.set(account, ofAccount)
    }
    const counter = this.#make()
    ofAccount.set(subject, counter)
    this.#count++
    return counter
  }

  /** What there is to record of each. A counter with nothing to record is forgotten. */
  take<Entry>(entryOf: (account: AccountId, subject: Subject, counter: Counter) => Entry | undefined): Entry[] {
    const entries: Entry[] = []
    for (const [account, counters] of this.#ofAccounts) {
      for (const [subject, counter] of counters) {
        const entry = entryOf(account, subject, counter)
        if (entry !== undefined) {
          entries.push(entry)
        } else {
          counters.delete(subject)
          this.#count--
        }
      }
      if (counters.size === 0) this.#ofAccounts.delete(account)
    }
    return entries
  }
}
