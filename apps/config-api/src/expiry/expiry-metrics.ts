import type { AccountId, Certificate } from '@mtls-gateway/domain'
import type { ServiceMetrics } from '@mtls-gateway/service-kit'
import { Gauge } from 'prom-client'

export interface EndingCertificate {
  readonly accountId: AccountId
  readonly certificate: Certificate
  /** Milliseconds since 1970. */
  readonly endsAt: number
}

/** Series take memory wherever they are scraped. Those that expire first matter most. */
const maxSeries = 1_000

/** When certificates expire, for alerts: those within 60 days, at most 1,000. */
export class ExpiryMetrics {
  readonly #gauge: Gauge<'account' | 'certificate'>
  readonly #checkedAt: Gauge

  constructor({ registry }: ServiceMetrics) {
    this.#gauge = new Gauge({
      name: 'certificate_not_after_timestamp_seconds',
      help: 'End of the certificates in use that end within 60 days, in seconds since 1970; the 1,000 that end first',
      labelNames: ['account', 'certificate'],
      registers: [registry],
    })
    this.#checkedAt = new Gauge({
      name: 'expiry_check_timestamp_seconds',
      help: 'When all accounts were last checked for certificates that end soon, in seconds since 1970; 0 until then',
      registers: [registry],
    })
  }

  /** Replaces the previous ones. */
  show(ending: readonly EndingCertificate[]): void {
    this.#checkedAt.set(Math.round(Date.now() / 1_000))
    this.#gauge.reset()
    const first = ending.toSorted((one, other) => one.endsAt - other.endsAt).slice(0, maxSeries)
    for (const { accountId, certificate, endsAt } of first) {
      this.#gauge.set({ account: accountId, certificate: certificate.name }, endsAt / 1_000)
    }
  }
}

/** There are no series of certificates where they are not looked at, which must not look like good news. */
export function showWhetherChecked({ registry }: ServiceMetrics, isChecked: boolean): void {
  new Gauge({
    name: 'expiry_check_enabled',
    help: '1 if certificates that end soon are looked for; 0 if no login may list the accounts (VAULT_GC_...)',
    registers: [registry],
  }).set(isChecked ? 1 : 0)
}
