import type { ChangeFeed, ChangeNotice, Served } from '@mtls-gateway/coordination'
import type { AccountId } from '@mtls-gateway/domain'
import type { MaybePromise } from '@mtls-gateway/event-loop'
import type { SecretReader } from '@mtls-gateway/secret-store'
import { LRUCache } from 'lru-cache'
import { type Clock, systemClock } from '../clock.ts'
import { type EpochWatch, epochAccount } from '../store-epoch.ts'
import { AccountCopies, type CacheState, type Loaded } from './account-copies.ts'
import { AccountLoader } from './account-loader.ts'
import type { AccountSnapshot } from './account-snapshot.ts'

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
  /** Copies are served though they are older than half of the limit; told at most once a minute. */
  | ({ readonly type: 'half-stale'; readonly limitMs: number } & Staleness)
  | { readonly type: 'gap' }

export interface AccountReaderOptions {
  readonly store: SecretReader
  readonly changeFeed: ChangeFeed
  /** At most 300,000, which is the default: a change takes effect within 5 minutes (docs/propagation.md). */
  readonly ttlMs?: number
  /**
   * How old a copy may get while the store can't be read, and for how long after its last call it is kept up to date;
   * 0: neither. Default 3,600,000.
   */
  readonly staleLimitMs?: number
  /** About how much of the heap all copies take. */
  readonly maxBytes: number
  readonly clock?: Clock
  /** Without it, the store is taken for one that is never put back to an older copy. */
  readonly epochs?: Pick<EpochWatch, 'current' | 'learn' | 'onChanged'>
  readonly onEvent?: (event: ReaderEvent) => void
  /** Told how long after the notice of a change a copy has it, in milliseconds. */
  readonly onCaughtUp?: (ms: number) => void
}

/**
 * Why a copy is looked at again although it is fresh. Each reason has its own limit, so that deleted app keys can't use
 * up that of missing keys.
 */
type RevalidationReason = 'unknown-app-key' | 'missing-key'

const maxTtlMs = 300_000
const revalidateEveryMs = 5_000
const maxRevalidations = 10_000
const tellStaleEveryMs = 60_000
const refreshEveryMs = 1_000
const refreshesAtOnce = 32

/** The forwarder's side of the registry: accounts, cached, as the change feed has told of them. */
export class AccountReader {
  readonly #changeFeed: ChangeFeed
  readonly #clock: Clock
  readonly #epochs: AccountReaderOptions['epochs']
  readonly #onEvent: (event: ReaderEvent) => void
  readonly #staleLimitMs: number
  readonly #copies: AccountCopies
  readonly #loader: AccountLoader
  readonly #revalidatedAt = new LRUCache<string, number>({ max: maxRevalidations })
  readonly #loadedListeners: ((snapshot: AccountSnapshot) => void)[] = []
  readonly #revokedListeners: ((accountId: AccountId, ids: readonly string[]) => void)[] = []
  readonly #stopping = new AbortController()
  #following: { stop(): Promise<void> } | undefined
  readonly #refreshing = new Set<AccountId>()
  #keepingFresh: Promise<void> | undefined
  #toldStaleAt = Number.NEGATIVE_INFINITY

  constructor({
    store,
    changeFeed,
    clock = systemClock,
    maxBytes,
    epochs,
    onEvent = () => {},
    onCaughtUp = () => {},
    ...limits
  }: AccountReaderOptions) {
    const { ttlMs = maxTtlMs, staleLimitMs = 3_600_000 } = limits
    if (!(ttlMs > 0 && ttlMs <= maxTtlMs)) throw new RangeError(`ttlMs must be above 0 and at most ${maxTtlMs}`)
    this.#changeFeed = changeFeed
    this.#clock = clock
    this.#onEvent = onEvent
    this.#epochs = epochs
    this.#staleLimitMs = staleLimitMs
    this.#copies = new AccountCopies({ clock, ttlMs, staleLimitMs, maxBytes, onCaughtUp })
    this.#loader = new AccountLoader({
      store,
      clock,
      copies: this.#copies,
      onEpoch: (epoch) => epochs?.learn(epoch),
      onLoaded: (loaded) => this.#loaded(loaded),
      onFailed: (accountId, error) => this.#loadFailed(accountId, error),
    })
    epochs?.onChanged(() => this.#copies.dropAll())
  }

  /** Begins to follow the feed. As long as that is away, copies are as old as the TTL. */
  async start(): Promise<void> {
    this.#following = await this.#changeFeed.follow({
      onNotice: (notice) => this.#receive(notice),
      onGap: () => this.#invalidateAll(),
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
    return isKnown ? copy : present(this.#loader.get(accountId))
  }

  /**
   * As {@link get}, but with every change that is known of: for what a copy that may lack the latest doesn't have.
   * After a failure of the store it is no more than {@link get} gives, so that no call waits for each attempt.
   */
  current(accountId: AccountId): MaybePromise<AccountSnapshot | undefined> {
    if (this.#copies.isFresh(accountId)) return this.get(accountId)
    const loader = this.#loader
    return present(loader.hasFailed(accountId) ? loader.get(accountId) : loader.load(accountId))
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
    return present(this.#loader.load(accountId))
  }

  /** The store's, which revisions belong to; undefined if it is not known. */
  get epoch(): string | undefined {
    return this.#epochs?.current
  }

  /**
   * What a call that starts now is served with at least. Undefined: it reads the account first. Revision 0 while a read
   * is under way: the call may share it, and what it brings may be older than the question.
   */
  served(accountId: AccountId): Served | undefined {
    const held = this.#copies.served(accountId)
    return held ?? (this.#loader.isLoading(accountId) ? { revision: 0, since: undefined } : undefined)
  }

  /** How many copies have to be read anew. */
  get behind(): number {
    return this.#copies.behind
  }

  /** How its copies are used, and how much room they take. */
  cache(): CacheState {
    return this.#copies.state()
  }

  /**
   * How many copies are served only because the store can't be read, and how old they are. Looks at up to 10,000
   * accounts, and only at those that could not be read.
   */
  staleness(): Staleness {
    let [copies, oldestMs] = [0, 0]
    for (const accountId of this.#loader.failed()) {
      const ms = this.#copies.staleMs(accountId)
      if (ms === undefined) continue
      copies += 1
      oldestMs = Math.max(oldestMs, ms)
    }
    return { copies, oldestMs }
  }

  /** Reads an account again whose copy is not fresh; false if it still isn't. Never rejects: `onEvent` is told. */
  async refresh(accountId: AccountId): Promise<boolean> {
    if (!this.#copies.isFresh(accountId)) await this.#loader.load(accountId).catch(() => undefined)
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

  #loaded({ snapshot, restored }: Loaded): void {
    const { accountId, revision } = snapshot
    if (restored) this.#onEvent({ type: 'store-restored', accountId, revision })
    for (const listener of this.#loadedListeners) listener(snapshot)
  }

  /** Tells how old copies are long before they get too old to be served: each is read again every second, uncalled. */
  #loadFailed(accountId: AccountId, error: unknown): void {
    this.#onEvent({ type: 'load-failed', accountId, error })
    const isYoung = (this.#copies.staleMs(accountId) ?? 0) <= this.#staleLimitMs / 2
    if (isYoung || this.#clock.now() - this.#toldStaleAt < tellStaleEveryMs) return
    this.#toldStaleAt = this.#clock.now()
    this.#onEvent({ type: 'half-stale', limitMs: this.#staleLimitMs, ...this.staleness() })
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

  #invalidateAll(): void {
    this.#copies.invalidateAll()
    this.#onEvent({ type: 'gap' })
  }
}

function present(snapshot: MaybePromise<AccountSnapshot>): MaybePromise<AccountSnapshot | undefined> {
  if (snapshot instanceof Promise) return snapshot.then(present)
  return snapshot.revision === 0 ? undefined : snapshot
}
