import type { AccountId } from '@mtls-gateway/domain'
import type { MaybePromise } from '@mtls-gateway/event-loop'
import { LRUCache } from 'lru-cache'
import { codedStoreFailure } from '../failures/store-failure.ts'
import type { Clock } from '../time/clock.ts'
import type { AccountCopies } from './account-copies.ts'
import type { AccountLoader, Loaded } from './account-loader.ts'
import type { AccountSnapshot } from './account-snapshot.ts'

export interface AccountRefresherOptions {
  readonly clock: Clock
  readonly copies: AccountCopies
  readonly loader: AccountLoader
  readonly onLoaded: (loaded: Loaded) => void
  readonly onFailed: (accountId: AccountId, error: unknown) => void
}

interface Failure {
  readonly error: unknown
  readonly at: number
}

/** How soon an account is read again at the earliest after its store failed. */
const retryMs = 500
/** While the failure is no older than this, or a retry is under way, the last good copy is served without a wait. */
const failureMemoryMs = 1_000
const maxFailures = 10_000

/** What a call gets if its account is not held, or only as a copy to be served only while the store can't be read. */
export class AccountRefresher {
  readonly #options: AccountRefresherOptions
  readonly #flights = new Map<AccountId, Promise<Loaded | Failure>>()
  readonly #failures = new LRUCache<AccountId, Failure>({ max: maxFailures })

  constructor(options: AccountRefresherOptions) {
    this.#options = options
  }

  /** After a failure a slow store delays no call for which there is a last good copy. @throws CodedError as `load` */
  get(accountId: AccountId): MaybePromise<AccountSnapshot> {
    const failure = this.#failures.get(accountId)
    if (failure === undefined) return this.#whileWaiting(accountId) ?? this.#load(accountId, true)

    const age = this.#options.clock.now() - failure.at
    const isRetrying = this.#flights.has(accountId)
    const mayRetry = !isRetrying && age >= retryMs
    const lastGood = this.#options.copies.lastGood(accountId)
    if (lastGood !== undefined && (isRetrying || age < failureMemoryMs)) {
      if (mayRetry) void this.#fly(accountId)
      return lastGood
    }
    return isRetrying || mayRetry ? this.load(accountId) : Promise.reject(failure.error)
  }

  /**
   * What an account is served with that changes more often than it may be read: the copy that lacks the last changes,
   * while the read of them waits for its turn. A call that waited too would take half a second.
   */
  #whileWaiting(accountId: AccountId): AccountSnapshot | undefined {
    const { copies, loader } = this.#options
    if (!loader.mustWait(accountId)) return undefined
    const copy = copies.slightlyBehind(accountId)
    if (copy !== undefined) void this.#fly(accountId)
    return copy
  }

  /**
   * The account as it is in the store now, or the last good copy if it can't be read.
   * @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`
   */
  load(accountId: AccountId): Promise<AccountSnapshot> {
    return this.#load(accountId, false)
  }

  async #load(accountId: AccountId, mayLackLatest: boolean): Promise<AccountSnapshot> {
    const { copies } = this.#options
    const revision = copies.revision(accountId)
    const gaps = copies.gaps()
    const foreignAt = copies.foreignAt(accountId) ?? 0
    const isEarlier = ({ snapshot, gaps: before, restored }: Loaded) =>
      !restored && (snapshot.revision < revision || before < gaps || snapshot.loadedAt < foreignAt)
    let outcome = await this.#fly(accountId)
    // That flight may have been under way already, with a read that began before this call knew what it knows.
    if ('snapshot' in outcome && isEarlier(outcome)) {
      const copy = mayLackLatest ? this.#whileWaiting(accountId) : undefined
      if (copy !== undefined) return copy
      outcome = await this.#fly(accountId)
    }
    if ('snapshot' in outcome) return outcome.snapshot
    const lastGood = copies.lastGood(accountId)
    if (lastGood === undefined) throw outcome.error
    return lastGood
  }

  /** Whether the account could not be read the last time. */
  hasFailed(accountId: AccountId): boolean {
    return this.#failures.has(accountId)
  }

  /** The accounts that could not be read the last time. */
  failed(): Iterable<AccountId> {
    return this.#failures.keys()
  }

  /** One load of an account at a time, whoever waits for it. Never rejects. */
  #fly(accountId: AccountId): Promise<Loaded | Failure> {
    const underWay = this.#flights.get(accountId)
    if (underWay !== undefined) return underWay
    const flight = this.#loadOnce(accountId).finally(() => this.#flights.delete(accountId))
    this.#flights.set(accountId, flight)
    return flight
  }

  async #loadOnce(asked: AccountId): Promise<Loaded | Failure> {
    const accountId = ownText(asked)
    const { clock, copies, loader, onLoaded, onFailed } = this.#options
    try {
      const loaded = await loader.load(accountId)
      this.#failures.delete(accountId)
      // The other copies may be of the state before, too. That an account is gone may be an operator's doing.
      if (loaded.restored && loaded.snapshot.revision > 0) copies.doubtAll()
      copies.hold(loaded.restored ? { ...loaded, gaps: copies.gaps() } : loaded)
      onLoaded(loaded)
      return loaded
    } catch (error) {
      const failure = { error: codedStoreFailure(error), at: clock.now() }
      this.#failures.set(accountId, failure)
      onFailed(accountId, error)
      return failure
    }
  }
}

/** The same text by itself: a name is cut from a header, and would keep all of it as long as it is remembered. */
function ownText(accountId: AccountId): AccountId {
  // It was checked when it was parsed; its characters are ASCII.
  return Buffer.from(accountId, 'latin1').toString('latin1') as AccountId
}
