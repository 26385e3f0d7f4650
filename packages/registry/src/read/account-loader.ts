import { type AccountId, emptyAccount } from '@mtls-gateway/domain'
import { type MaybePromise, TimeSlices } from '@mtls-gateway/event-loop'
import { accountPath, type SecretReader } from '@mtls-gateway/secret-store'
import { LRUCache } from 'lru-cache'
import type { Clock } from '../clock.ts'
import { readAccount } from '../format/account-codec.ts'
import { codedStoreFailure } from '../store-failure.ts'
import type { AccountCopies, Loaded } from './account-copies.ts'
import { AccountSnapshot } from './account-snapshot.ts'

interface AccountLoaderOptions {
  readonly store: SecretReader
  readonly clock: Clock
  readonly copies: AccountCopies
  /** Told in which epoch of the store a document was written, if it says so. */
  readonly onEpoch: (epoch: unknown) => void
  readonly onLoaded: (loaded: Loaded) => void
  readonly onFailed: (accountId: AccountId, error: unknown) => void
}

interface Failure {
  readonly error: unknown
  readonly at: number
}

/** The log of its changes is what each change makes longer, and no call needs. */
const listsForCalls = ['certificates', 'mappings', 'appKeys'] as const
/** Two reads of an account in any second. */
const readsAtOnce = 2
const windowMs = 1_000
/** How many accounts are remembered that were read or could not be. */
const maxAccounts = 10_000
/** Before a read that came back older is repeated: 3 times within a second. */
const repeatsMs = [100, 300, 500]
/** How soon an account is read again at the earliest after its store failed. */
const retryMs = 500
/** While the failure is no older than this, or a retry is under way, the last good copy is served without a wait. */
const failureMemoryMs = 1_000

/**
 * What a call gets if its account is not held, or only as a copy to be served only while the store can't be read. Reads
 * each account at most twice a second, and never an older state than the one known of.
 */
export class AccountLoader {
  readonly #options: AccountLoaderOptions
  readonly #slices = new TimeSlices()
  readonly #underWay = new Map<AccountId, Promise<Loaded | Failure>>()
  readonly #failures = new LRUCache<AccountId, Failure>({ max: maxAccounts })
  /** When the last reads of an account began, oldest first. */
  readonly #starts = new LRUCache<AccountId, number[]>({ max: maxAccounts })
  readonly #waiting = new Set<AccountId>()

  constructor(options: AccountLoaderOptions) {
    this.#options = options
  }

  /** After a failure a slow store delays no call for which there is a last good copy. @throws CodedError as `load` */
  get(accountId: AccountId): MaybePromise<AccountSnapshot> {
    const failure = this.#failures.get(accountId)
    if (failure === undefined) return this.#whileWaiting(accountId) ?? this.#load(accountId, true)

    const age = this.#options.clock.now() - failure.at
    const isRetrying = this.#underWay.has(accountId)
    const mayRetry = !isRetrying && age >= retryMs
    const lastGood = this.#options.copies.lastGood(accountId)
    if (lastGood !== undefined && (isRetrying || age < failureMemoryMs)) {
      if (mayRetry) void this.#loadOnce(accountId)
      return lastGood
    }
    return isRetrying || mayRetry ? this.load(accountId) : Promise.reject(failure.error)
  }

  /**
   * The account as it is in the store now, or the last good copy if it can't be read.
   * @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`
   */
  load(accountId: AccountId): Promise<AccountSnapshot> {
    return this.#load(accountId, false)
  }

  /** Whether a read of the account is under way. */
  isLoading(accountId: AccountId): boolean {
    return this.#underWay.has(accountId)
  }

  /** Whether the account could not be read the last time. */
  hasFailed(accountId: AccountId): boolean {
    return this.#failures.has(accountId)
  }

  /** The accounts that could not be read the last time. */
  failed(): Iterable<AccountId> {
    return this.#failures.keys()
  }

  /**
   * What an account is served with that changes more often than it may be read: the copy that lacks the last changes,
   * while the read of them waits. A call that waited too would take half a second.
   */
  #whileWaiting(accountId: AccountId): AccountSnapshot | undefined {
    if (!this.#waiting.has(accountId) && this.#waitMs(accountId) <= 0) return undefined
    const copy = this.#options.copies.slightlyBehind(accountId)
    if (copy !== undefined) void this.#loadOnce(accountId)
    return copy
  }

  async #load(accountId: AccountId, mayLackLatest: boolean): Promise<AccountSnapshot> {
    const { copies } = this.#options
    const revision = copies.revision(accountId)
    const gaps = copies.gaps()
    const foreignAt = copies.foreignAt(accountId) ?? 0
    const isEarlier = ({ snapshot, gaps: before, restored }: Loaded) =>
      !restored && (snapshot.revision < revision || before < gaps || snapshot.loadedAt < foreignAt)
    let outcome = await this.#loadOnce(accountId)
    // That read may have been under way already, and have begun before this call knew what it knows.
    if ('snapshot' in outcome && isEarlier(outcome)) {
      const copy = mayLackLatest ? this.#whileWaiting(accountId) : undefined
      if (copy !== undefined) return copy
      outcome = await this.#loadOnce(accountId)
    }
    if ('snapshot' in outcome) return outcome.snapshot
    const lastGood = copies.lastGood(accountId)
    if (lastGood === undefined) throw outcome.error
    return lastGood
  }

  /** One load of an account at a time, whoever waits for it. Never rejects. */
  #loadOnce(accountId: AccountId): Promise<Loaded | Failure> {
    const underWay = this.#underWay.get(accountId)
    if (underWay !== undefined) return underWay
    const loading = this.#loadAndHold(ownText(accountId)).finally(() => this.#underWay.delete(accountId))
    this.#underWay.set(accountId, loading)
    return loading
  }

  async #loadAndHold(accountId: AccountId): Promise<Loaded | Failure> {
    const { clock, copies, onLoaded, onFailed } = this.#options
    try {
      const loaded = await this.#readCurrent(accountId)
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

  /** Repeats a read that came back older than what is known of the account. */
  async #readCurrent(accountId: AccountId): Promise<Loaded> {
    await this.#untilAllowed(accountId)
    for (const ms of repeatsMs) {
      const loaded = await this.#read(accountId)
      if (!loaded.restored) return loaded
      await this.#options.clock.sleep(ms)
    }
    return this.#read(accountId)
  }

  async #read(accountId: AccountId): Promise<Loaded> {
    const { clock, copies, store, onEpoch } = this.#options
    const beganAt = clock.now()
    const gaps = copies.gaps()
    // A notice that comes while the read is under way is no reason to call its answer older than it should be.
    const newest = copies.revision(accountId)
    const stored = await store.get(accountPath(accountId))
    onEpoch(stored?.value.epoch)
    const before = copies.held(accountId)?.blocks
    const source =
      stored === undefined
        ? { account: emptyAccount(accountId) }
        : await readAccount(stored.value, accountId, this.#slices, { names: listsForCalls, before })
    const snapshot = await AccountSnapshot.index(source, beganAt, this.#slices)
    return { snapshot, gaps, restored: snapshot.revision < newest && !copies.isDoubted(gaps) }
  }

  async #untilAllowed(accountId: AccountId): Promise<void> {
    const { clock } = this.#options
    const waitMs = this.#waitMs(accountId)
    const starts = this.#starts.get(accountId) ?? []
    this.#starts.set(accountId, starts)
    if (starts.length === readsAtOnce) starts.shift()
    if (waitMs > 0) {
      this.#waiting.add(accountId)
      await clock.sleep(waitMs)
      this.#waiting.delete(accountId)
    }
    starts.push(clock.now())
  }

  #waitMs(accountId: AccountId): number {
    const [first, ...others] = this.#starts.get(accountId) ?? []
    if (first === undefined || others.length + 1 < readsAtOnce) return 0
    return first + windowMs - this.#options.clock.now()
  }
}

/** The same text by itself: a name is cut from a header, and would keep all of it as long as it is remembered. */
function ownText(accountId: AccountId): AccountId {
  // It was checked when it was parsed; its characters are ASCII.
  return Buffer.from(accountId, 'latin1').toString('latin1') as AccountId
}
