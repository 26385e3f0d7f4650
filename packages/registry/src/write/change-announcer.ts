import type { ChangeFeed, ChangeNotice } from '@mtls-gateway/coordination'
import type { AccountId } from '@mtls-gateway/domain'
import { type Clock, Deadline } from '../clock.ts'
import type { RegistryLogger } from '../store-failure.ts'

interface ChangeAnnouncerOptions {
  readonly changeFeed: ChangeFeed
  readonly clock: Clock
  readonly logger?: RegistryLogger | undefined
}

/** How long a change waits for its notice: the change itself is already made. */
const appendMs = 2_000
/** After the last, forwarders find the change when their copies expire, within 5 minutes. */
const repeatsMs = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000]

/** Tells the feed of each change; what the feed doesn't take is retried in the background, a few times at most. */
export class ChangeAnnouncer {
  readonly #options: ChangeAnnouncerOptions
  /** For each account, what the feed has not taken yet: the newest revision and all that was revoked. */
  readonly #pending = new Map<AccountId, ChangeNotice>()
  readonly #repeating = new Map<AccountId, Promise<void>>()
  readonly #closing = new AbortController()

  constructor(options: ChangeAnnouncerOptions) {
    this.#options = options
  }

  /** True if the feed has taken the notice; if not it is repeated. Never rejects. */
  async announce(notice: ChangeNotice): Promise<boolean> {
    const { account } = notice
    const merged = merge(this.#pending.get(account), notice)
    this.#pending.set(account, merged)
    if (await this.#append(merged)) return true
    if (!this.#repeating.has(account)) this.#repeating.set(account, this.#repeat(account))
    return false
  }

  /** Tries once more what is still pending, then ends. */
  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all(this.#repeating.values())
  }

  async #append(notice: ChangeNotice): Promise<boolean> {
    const { changeFeed, clock, logger } = this.#options
    try {
      await new Deadline(clock, appendMs).race(changeFeed.append(notice))
    } catch (error) {
      const { account, revision } = notice
      logger?.warn({ event: 'change-notice-late', err: error, account, revision }, 'a change notice was not taken')
      return false
    }
    if (this.#pending.get(notice.account) === notice) this.#pending.delete(notice.account)
    return true
  }

  async #repeat(account: AccountId): Promise<void> {
    for (const ms of repeatsMs) {
      await this.#options.clock.sleep(ms, this.#closing.signal)
      const isLast = this.#closing.signal.aborted
      const notice = this.#pending.get(account)
      if (notice !== undefined) await this.#append(notice)
      if (isLast || !this.#pending.has(account)) break
    }
    this.#repeating.delete(account)
    if (this.#pending.delete(account)) {
      this.#options.logger?.warn(
        { event: 'change-notice-lost', account },
        'gave up on a change notice: forwarders see the change within 5 minutes',
      )
    }
  }
}

function merge(before: ChangeNotice | undefined, { account, revision, revoked, epoch }: ChangeNotice): ChangeNotice {
  return {
    account,
    // A revision of another epoch says nothing.
    revision: before?.epoch === epoch ? Math.max(before?.revision ?? 0, revision) : revision,
    revoked: [...new Set([...(before?.revoked ?? []), ...revoked])],
    ...(epoch !== undefined && { epoch }),
  }
}
