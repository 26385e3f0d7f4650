import type { Announcer } from '@mtls-gateway/coordination'
import type { AccountId } from '@mtls-gateway/domain'
import { type Clock, systemClock } from '../clock.ts'
import type { RegistryLogger } from '../store-failure.ts'
import type { AccountReader } from './account-reader.ts'

interface RevisionAnnouncerOptions {
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
