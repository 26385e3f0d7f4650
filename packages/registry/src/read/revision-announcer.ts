import type { Announcer } from '@mtls-gateway/coordination'
import type { AccountId } from '@mtls-gateway/domain'
import type { RegistryLogger } from '../failures/store-failure.ts'
import { type Clock, systemClock } from '../time/clock.ts'
import type { AccountReader } from './account-reader.ts'

export interface RevisionAnnouncerOptions {
  readonly accounts: AccountReader
  readonly announcer: Announcer
  readonly clock?: Clock
  readonly logger?: RegistryLogger
}

const everyMs = 1_000
/** Between two announcements. To compare 10,000 accounts with what was told last takes 1 ms: 1% of the time. */
const soonestMs = 100
const soonestMsAnAccount = 0.01
const refreshesAtOnce = 32

/**
 * Tells the others which revisions this forwarder serves, each second and soon after one has changed (decision 9).
 *
 * What is told must be true even if the store goes down the next moment. So an account that is held counts as served at
 * a change only when its copy has it: the copy is refreshed when the notice of the change comes, or when it is past
 * its time, and not first when a call asks for it.
 */
export class RevisionAnnouncer {
  readonly #accounts: AccountReader
  readonly #announcer: Announcer
  readonly #clock: Clock
  readonly #logger: RegistryLogger | undefined
  readonly #refreshing = new Set<AccountId>()
  readonly #stopping = new AbortController()
  /** Ends the wait for the next second. */
  #news = new AbortController()
  #hasFailed = false
  #running: Promise<void> | undefined

  constructor({ accounts, announcer, clock = systemClock, logger }: RevisionAnnouncerOptions) {
    this.#accounts = accounts
    this.#announcer = announcer
    this.#clock = clock
    this.#logger = logger
    accounts.served.onChanged(() => this.#news.abort())
  }

  /** Begins at once. */
  start(): void {
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#news.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { served } = this.#accounts
    const { signal } = this.#stopping
    while (!signal.aborted) {
      this.#news = new AbortController()
      const pauseMs = Math.min(everyMs, Math.max(soonestMs, served.all().size * soonestMsAnAccount))
      this.#refreshSome()
      await this.#announce()
      await this.#clock.sleep(pauseMs, signal)
      await this.#clock.sleep(everyMs - pauseMs, this.#news.signal)
    }
  }

  /** Never rejects: while the others can't be told, they are told again and again. */
  async #announce(): Promise<void> {
    try {
      await this.#announcer.announce(this.#accounts.served.all(), this.#accounts.epoch)
      this.#hasFailed = false
    } catch (error) {
      const facts = { event: 'revisions-not-announced', err: error }
      if (!this.#hasFailed) this.#logger?.warn(facts, 'the revisions that are served could not be announced')
      this.#hasFailed = true
    }
  }

  #refreshSome(): void {
    if (this.#stopping.signal.aborted) return
    for (const accountId of this.#accounts.served.nextBehind(refreshesAtOnce)) {
      if (this.#refreshing.size === refreshesAtOnce) return
      if (this.#refreshing.has(accountId)) continue
      this.#refreshing.add(accountId)
      void this.#accounts.refresh(accountId).then((isFresh) => {
        this.#refreshing.delete(accountId)
        // A store that fails is asked no more than this, each second.
        if (isFresh) this.#refreshSome()
      })
    }
  }
}

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
