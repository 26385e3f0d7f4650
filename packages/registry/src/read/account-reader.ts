import type { ChangeFeed, ChangeNotice, Served } from '@mtls-gateway/coordination'
import { type AccountId, emptyAccount } from '@mtls-gateway/domain'
import { type MaybePromise, TimeSlices } from '@mtls-gateway/event-loop'
import { accountPath, type SecretReader } from '@mtls-gateway/secret-store'
import { LRUCache } from 'lru-cache'
import { type Clock, systemClock } from '../clock.ts'
import { readAccount } from '../format/account-codec.ts'
import { type EpochWatch, epochAccount } from '../store-epoch.ts'
import { codedStoreFailure } from '../store-failure.ts'
import { AccountCopies, type AccountCopiesOptions, type CacheState, type Loaded } from './account-copies.ts'
import { AccountSnapshot } from './account-snapshot.ts'

/** Copies that are served although they are past their time, because the store can't be read. */
export interface Staleness {
  readonly copies: number
  /** The age of the oldest one; 0 if there is none. */
  readonly oldestMs: number
}

/** What an operator wants to know of a reader: for logs and metrics. */
export type ReaderEvent =
  | { readonly type: 'load-failed'; readonly accountId: AccountId; readonly error: unknown }
  /** The account stayed older than the revision that a notice named: the store was put back to an earlier state. */
  | { readonly type: 'store-restored'; readonly accountId: AccountId; readonly revision: number }
  | { readonly type: 'gap' }

export interface AccountReaderOptions extends Partial<AccountCopiesOptions> {
  readonly store: SecretReader
  readonly changeFeed: ChangeFeed
  readonly maxBytes: number
  /** Without it, the store is taken for one that is never put back to an older copy. */
  readonly epochs?: Pick<EpochWatch, 'current' | 'learn' | 'onChanged'>
  readonly onEvent?: (event: ReaderEvent) => void
}

/**
 * Why a copy is looked at again although it is fresh. Each reason has its own limit, so that deleted app keys can't use
 * up that of missing keys.
 */
type RevalidationReason = 'unknown-app-key' | 'unknown-mapping' | 'missing-key'

interface Failure {
  readonly error: unknown
  readonly at: number
}

const maxTtlMs = 300_000
const revalidateEveryMs = 5_000
const maxRevalidations = 10_000
const refreshEveryMs = 1_000
const refreshesAtOnce = 32
/** The log of its changes is what each change makes longer, and no call needs. */
const listsForCalls = ['certificates', 'mappings', 'appKeys'] as const
/** Two reads of an account in any second. */
const readsAtOnce = 2
const windowMs = 1_000
/** How many accounts are remembered that were read or could not be. */
const maxAccounts = 10_000
/** Before a read that came back older than what is known of the account is repeated: 3 times within a second. */
const repeatsMs = [100, 300, 500]
/** How soon an account is read again at the earliest after its store failed. */
const retryMs = 500
/** While the failure is no older than this, or a retry is under way, the last good copy is served without a wait. */
const failureMemoryMs = 1_000

/**
 * The forwarder's side of the registry: accounts, cached, as the change feed has told of them. Reads each account at
 * most twice a second, and never an older state than the one known of.
 */
export class AccountReader {
  readonly #store: SecretReader
  readonly #changeFeed: ChangeFeed
  readonly #clock: Clock
  readonly #epochs: AccountReaderOptions['epochs']
  readonly #onEvent: (event: ReaderEvent) => void
  readonly #copies: AccountCopies
  readonly #slices = new TimeSlices()
  readonly #loading = new Map<AccountId, Promise<Loaded | Failure>>()
  readonly #failures = new LRUCache<AccountId, Failure>({ max: maxAccounts })
  /** When the last reads of an account began, oldest first. */
  readonly #starts = new LRUCache<AccountId, number[]>({ max: maxAccounts })
  readonly #revalidatedAt = new LRUCache<string, number>({ max: maxRevalidations })
  readonly #loadedListeners: ((snapshot: AccountSnapshot) => void)[] = []
  readonly #revokedListeners: ((accountId: AccountId, ids: readonly string[]) => void)[] = []
  readonly #stopping = new AbortController()
  #following: { stop(): Promise<void> } | undefined
  readonly #refreshing = new Set<AccountId>()
  #keepingFresh: Promise<void> | undefined

  constructor({ store, changeFeed, clock = systemClock, epochs, ...options }: AccountReaderOptions) {
    const { ttlMs = maxTtlMs, staleLimitMs = 3_600_000, maxBytes } = options
    const { onEvent = () => {}, onCaughtUp = () => {} } = options
    if (!(ttlMs > 0 && ttlMs <= maxTtlMs)) throw new RangeError(`ttlMs must be above 0 and at most ${maxTtlMs}`)
    this.#store = store
    this.#changeFeed = changeFeed
    this.#clock = clock
    this.#onEvent = onEvent
    this.#epochs = epochs
    this.#copies = new AccountCopies({ clock, ttlMs, staleLimitMs, maxBytes, onCaughtUp })
    epochs?.onChanged(() => this.#copies.dropAll())
  }

  /** Begins to follow the feed. As long as that is away, copies are as old as the TTL. */
  async start(): Promise<void> {
    this.#following = await this.#changeFeed.follow({
      onNotice: (notice) => this.#receive(notice),
      onGap: () => {
        this.#copies.invalidateAll()
        this.#onEvent({ type: 'gap' })
      },
    })
  }

  /**
   * Reads copies again that are behind, without waiting for a call, from now on: when the notice of a change comes, or
   * when they are past their time. What a forwarder says that it serves must be true even if the store goes down the
   * next moment, so a change counts only once the copy has it (decision 9).
   */
  keepFresh(): void {
    this.#keepingFresh = this.#refreshEachSecond()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#keepingFresh
    await this.#following?.stop()
  }

  /** Called with each copy that is loaded, also of an account that is gone (revision 0). Must not throw. */
  onLoaded(listener: (snapshot: AccountSnapshot) => void): void {
    this.#loadedListeners.push(listener)
  }

  /** Called with version ids and app keys that stop at once. Must not throw. */
  onRevoked(listener: (accountId: AccountId, ids: readonly string[]) => void): void {
    this.#revokedListeners.push(listener)
  }

  /**
   * An account, undefined if there is definitely none. Answers at once where a copy may be served. If the account
   * changes more often than it may be read, that copy may lack what changed in the last 2 s, unless that revoked
   * something.
   * What it names may have been revoked since: ask {@link isRevoked}.
   * @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`: no copy may be served and the store can't be read
   */
  get(accountId: AccountId): MaybePromise<AccountSnapshot | undefined> {
    const copy = this.#copies.fresh(accountId)
    const isKnown = copy !== undefined || this.#copies.isAbsent(accountId)
    this.#copies.countLookup(isKnown)
    return isKnown ? copy : present(this.#getAnew(accountId))
  }

  /**
   * As {@link get}, but with every change that is known of: for what a copy that may lack the latest doesn't have.
   * After a failure of the store it is no more than {@link get} gives, so that no call waits for each attempt.
   */
  current(accountId: AccountId): MaybePromise<AccountSnapshot | undefined> {
    if (this.#copies.isFresh(accountId)) return this.get(accountId)
    return present(this.#failures.has(accountId) ? this.#getAnew(accountId) : this.#load(accountId))
  }

  /** The copy that may be served at once; never looks at the store. */
  fresh(accountId: AccountId): AccountSnapshot | undefined {
    return this.#copies.fresh(accountId)
  }

  /** True for a version id or an app key (without its account) that must not be used, whatever the copy says. */
  isRevoked(accountId: AccountId, id: string): boolean {
    return this.#copies.isRevoked(accountId, id)
  }

  /** As {@link get}, but looks at the store even if the copy is fresh: for each reason once in 5 s. */
  revalidate(
    accountId: AccountId,
    reason: RevalidationReason = 'unknown-app-key',
  ): MaybePromise<AccountSnapshot | undefined> {
    const key = `${reason} ${accountId}`
    const now = this.#clock.now()
    if (now - (this.#revalidatedAt.get(key) ?? Number.NEGATIVE_INFINITY) < revalidateEveryMs) {
      return this.current(accountId)
    }
    this.#revalidatedAt.set(key, now)
    return present(this.#load(accountId))
  }

  /**
   * What a call that starts now is served with at least. Undefined: it reads the account first. Revision 0 while a read
   * is under way: the call may share it, and what it brings may be older than the question.
   */
  served(accountId: AccountId): Served | undefined {
    const held = this.#copies.served(accountId)
    return held ?? (this.#loading.has(accountId) ? { revision: 0, since: undefined } : undefined)
  }

  /** How many copies have to be read anew. */
  get behind(): number {
    return this.#copies.behind
  }

  cache(): CacheState {
    return this.#copies.state()
  }

  /**
   * How many copies are served only because the store can't be read, and how old they are. Looks at up to 10,000
   * accounts, and only at those that could not be read.
   */
  staleness(): Staleness {
    let [copies, oldestMs] = [0, 0]
    for (const accountId of this.#failures.keys()) {
      const ms = this.#copies.staleMs(accountId)
      if (ms === undefined) continue
      copies += 1
      oldestMs = Math.max(oldestMs, ms)
    }
    return { copies, oldestMs }
  }

  /** Reads an account again whose copy is not fresh; false if it still isn't. Never rejects: `onEvent` is told. */
  async refresh(accountId: AccountId): Promise<boolean> {
    if (!this.#copies.isFresh(accountId)) await this.#load(accountId).catch(() => undefined)
    return this.#copies.isFresh(accountId)
  }

  async #refreshEachSecond(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      this.#refreshSome()
      await this.#clock.sleep(refreshEveryMs, signal)
    }
  }

  #refreshSome(): void {
    if (this.#stopping.signal.aborted) return
    for (const accountId of this.#copies.nextBehind(refreshesAtOnce)) {
      if (this.#refreshing.size === refreshesAtOnce) return
      if (this.#refreshing.has(accountId)) continue
      this.#refreshing.add(accountId)
      void this.refresh(accountId).then((isFresh) => {
        this.#refreshing.delete(accountId)
        // A store that fails is asked no more than this, each second.
        if (isFresh) this.#refreshSome()
      })
    }
  }

  #receive(notice: ChangeNotice): void {
    this.#epochs?.learn(notice.epoch)
    if (notice.account === epochAccount) return
    const isOfThisEpoch = notice.epoch === undefined || notice.epoch === this.#epochs?.current
    this.#copies.receive(notice, isOfThisEpoch)
    if (this.#keepingFresh !== undefined) this.#refreshSome()
    if (notice.revoked.length === 0) return
    for (const listener of this.#revokedListeners) listener(notice.account, notice.revoked)
  }

  /**
   * What a call gets whose copy is not fresh. After a failure a slow store delays no call for which there is a last
   * good copy. @throws CodedError as {@link get}
   */
  #getAnew(accountId: AccountId): MaybePromise<AccountSnapshot> {
    const failure = this.#failures.get(accountId)
    if (failure === undefined) return this.#whileWaiting(accountId) ?? this.#load(accountId, true)

    const age = this.#clock.now() - failure.at
    const isRetrying = this.#loading.has(accountId)
    const mayRetry = !isRetrying && age >= retryMs
    const lastGood = this.#copies.lastGood(accountId)
    if (lastGood !== undefined && (isRetrying || age < failureMemoryMs)) {
      if (mayRetry) void this.#loadOnce(accountId)
      return lastGood
    }
    return isRetrying || mayRetry ? this.#load(accountId) : Promise.reject(failure.error)
  }

  /**
   * What an account is served with that changes more often than it may be read: the copy that lacks the last changes,
   * while the read of them waits. A call that waited too would take half a second.
   */
  #whileWaiting(accountId: AccountId): AccountSnapshot | undefined {
    if (this.#waitMs(accountId) <= 0) return undefined
    const copy = this.#copies.slightlyBehind(accountId)
    if (copy !== undefined) void this.#loadOnce(accountId)
    return copy
  }

  /** The account as it is in the store now, or the last good copy if it can't be read. */
  async #load(accountId: AccountId, mayLackLatest = false): Promise<AccountSnapshot> {
    const { revision, gaps, readAfter } = this.#copies.known(accountId)
    const isEarlier = ({ snapshot, gaps: before, isOlder }: Loaded) =>
      !isOlder && (snapshot.revision < revision || before < gaps || snapshot.loadedAt < readAfter)
    let outcome = await this.#loadOnce(accountId)
    // That read may have been under way already, and have begun before this call knew what it knows.
    if ('snapshot' in outcome && isEarlier(outcome)) {
      const copy = mayLackLatest ? this.#whileWaiting(accountId) : undefined
      if (copy !== undefined) return copy
      outcome = await this.#loadOnce(accountId)
    }
    if ('snapshot' in outcome) return outcome.snapshot
    const lastGood = this.#copies.lastGood(accountId)
    if (lastGood === undefined) throw outcome.error
    return lastGood
  }

  /** One load of an account at a time, whoever waits for it. Never rejects. */
  #loadOnce(accountId: AccountId): Promise<Loaded | Failure> {
    const underWay = this.#loading.get(accountId)
    if (underWay !== undefined) return underWay
    const loading = this.#loadAndHold(ownText(accountId)).finally(() => this.#loading.delete(accountId))
    this.#loading.set(accountId, loading)
    return loading
  }

  async #loadAndHold(accountId: AccountId): Promise<Loaded | Failure> {
    try {
      await this.#untilAllowed(accountId)
      let loaded = await this.#read(accountId)
      for (const ms of repeatsMs) {
        if (!loaded.isOlder) break
        await this.#clock.sleep(ms)
        loaded = await this.#read(accountId)
      }
      const { snapshot, isOlder } = loaded
      this.#failures.delete(accountId)
      this.#copies.hold(loaded)
      if (isOlder) this.#onEvent({ type: 'store-restored', accountId, revision: snapshot.revision })
      for (const listener of this.#loadedListeners) listener(snapshot)
      return loaded
    } catch (error) {
      const failure = { error: codedStoreFailure(error), at: this.#clock.now() }
      this.#failures.set(accountId, failure)
      this.#onEvent({ type: 'load-failed', accountId, error })
      return failure
    }
  }

  async #read(accountId: AccountId): Promise<Loaded> {
    const beganAt = this.#clock.now()
    // A notice that comes while the read is under way is no reason to call its answer older than it should be.
    const { revision, gaps } = this.#copies.known(accountId)
    const stored = await this.#store.get(accountPath(accountId))
    this.#epochs?.learn(stored?.value.epoch)
    const before = this.#copies.held(accountId)?.blocks
    const source =
      stored === undefined
        ? { account: emptyAccount(accountId) }
        : await readAccount(stored.value, accountId, this.#slices, { names: listsForCalls, before })
    const snapshot = await AccountSnapshot.index(source, beganAt, this.#slices)
    return { snapshot, gaps, isOlder: snapshot.revision < revision && !this.#copies.isDropped(gaps) }
  }

  async #untilAllowed(accountId: AccountId): Promise<void> {
    const waitMs = this.#waitMs(accountId)
    if (waitMs > 0) await this.#clock.sleep(waitMs)
    const starts = [...(this.#starts.get(accountId) ?? []), this.#clock.now()]
    this.#starts.set(accountId, starts.slice(-readsAtOnce))
  }

  #waitMs(accountId: AccountId): number {
    const [first, ...others] = this.#starts.get(accountId) ?? []
    if (first === undefined || others.length + 1 < readsAtOnce) return 0
    return first + windowMs - this.#clock.now()
  }
}

function present(snapshot: MaybePromise<AccountSnapshot>): MaybePromise<AccountSnapshot | undefined> {
  if (snapshot instanceof Promise) return snapshot.then(present)
  return snapshot.revision === 0 ? undefined : snapshot
}

/** The same text by itself: a name is cut from a header, and would keep all of it as long as it is remembered. */
function ownText(accountId: AccountId): AccountId {
  // It was checked when it was parsed; its characters are ASCII.
  return Buffer.from(accountId, 'latin1').toString('latin1') as AccountId
}
