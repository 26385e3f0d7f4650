import { type Account, type AccountId, endOf } from '@mtls-gateway/domain'
import type { Log } from '@mtls-gateway/service-kit'
import type { EndingCertificate, ExpiryMetrics } from './expiry-metrics.ts'
import type { ExpiryNotifier } from './expiry-notifier.ts'

export interface ExpiryWatchOptions {
  /** All of them. */
  readonly accounts: () => Promise<readonly AccountId[]>
  readonly read: (accountId: AccountId) => Promise<Account>
  readonly notifier: ExpiryNotifier
  readonly metrics: ExpiryMetrics
  readonly log: Pick<Log, 'warn'>
}

const shownMs = 60 * 86_400_000

/** Looks through all accounts for certificates that are about to end. */
export class ExpiryWatch {
  readonly #options: ExpiryWatchOptions

  constructor(options: ExpiryWatchOptions) {
    this.#options = options
  }

  /** Never rejects: an account that can't be read now is looked at the next time. */
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
      await notifier.notify(account, signal)
      return endingIn(account, Date.now() + shownMs)
    } catch (error) {
      log.warn({ event: 'expiry-watch-failed', account: accountId, err: error }, 'an account was not looked at')
      return []
    }
  }
}

function endingIn({ accountId, certificates }: Account, before: number): readonly EndingCertificate[] {
  return certificates.flatMap((certificate): EndingCertificate[] => {
    const endsAt = endOf(certificate)
    return endsAt > before ? [] : [{ accountId, certificate, endsAt }]
  })
}
