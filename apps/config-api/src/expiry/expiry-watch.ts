import type { Bulkhead } from '@mtls-gateway/bulkhead'
import { type Account, type AccountId, endOf } from '@mtls-gateway/domain'
import type { Log } from '@mtls-gateway/service-kit'
import type { EndingCertificate, ExpiryMetrics } from './expiry-metrics.ts'
import type { ExpiryNotifier } from './expiry-notifier.ts'

/** A webhook that does not answer is skipped until the next check, when its unsent notices are due again. */
const deliveryDeadlineMs = 60_000

export interface ExpiryWatchOptions {
  /** All of them. */
  readonly accounts: () => Promise<readonly AccountId[]>
  readonly read: (accountId: AccountId) => Promise<Account>
  readonly notifier: ExpiryNotifier
  /** The pool for webhook calls, so that a silent webhook holds up no other account. */
  readonly deliveries: Bulkhead
  readonly metrics: ExpiryMetrics
  readonly log: Pick<Log, 'warn'>
}

const shownMs = 60 * 86_400_000

/** Checks all accounts for certificates that expire soon. */
export class ExpiryWatch {
  readonly #options: ExpiryWatchOptions
  /** Accounts whose notices are being sent or waiting. */
  readonly #delivering = new Map<AccountId, Promise<void>>()

  constructor(options: ExpiryWatchOptions) {
    this.#options = options
  }

  /**
   * Resolves when all accounts have been checked; notices may still be on their way. Never rejects: an account that
   * can't be read now is checked the next time.
   */
  async look(signal: AbortSignal): Promise<void> {
    const { accounts, metrics, log } = this.#options
    const ending: EndingCertificate[] = []
    try {
      for (const accountId of await accounts()) {
        if (signal.aborted) return
        ending.push(...(await this.#lookAt(accountId, signal)))
      }
      metrics.show(ending)
    } catch (error) {
      log.warn({ event: 'expiry-watch-failed', err: error }, 'the accounts can not be listed; it is tried again')
    }
  }

  async #lookAt(accountId: AccountId, signal: AbortSignal): Promise<readonly EndingCertificate[]> {
    const { read, notifier, log } = this.#options
    try {
      const account = await read(accountId)
      if (notifier.isDue(account)) this.#deliver(account, signal)
      return endingIn(account, Date.now() + shownMs)
    } catch (error) {
      log.warn({ event: 'expiry-watch-failed', account: accountId, err: error }, 'an account was not looked at')
      return []
    }
  }

  /** Resolves when every notice has been sent or given up. The signal given to `look` makes it give up. */
  async settled(): Promise<void> {
    await Promise.all(this.#delivering.values())
  }

  #deliver(account: Account, signal: AbortSignal): void {
    const { accountId } = account
    const { notifier, deliveries, log } = this.#options
    if (this.#delivering.has(accountId)) return
    const notify = () => notifier.notify(account, AbortSignal.any([signal, AbortSignal.timeout(deliveryDeadlineMs)]))
    const delivery = deliveries
      .run(accountId, notify)
      .catch((error: unknown) => {
        log.warn({ event: 'expiry-notice-failed', account: accountId, err: error }, 'notices of expiry were not sent')
      })
      .finally(() => this.#delivering.delete(accountId))
    this.#delivering.set(accountId, delivery)
  }
}

function endingIn({ accountId, certificates }: Account, before: number): readonly EndingCertificate[] {
  return certificates.flatMap((certificate): EndingCertificate[] => {
    const endsAt = endOf(certificate)
    return endsAt > before ? [] : [{ accountId, certificate, endsAt }]
  })
}
