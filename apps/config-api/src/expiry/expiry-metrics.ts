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

  constructor({ registry }: ServiceMetrics) {
    this.#gauge = new Gauge({
      name: 'certificate_not_after_timestamp_seconds',
      help: 'End of the certificates in use that end within 60 days, in seconds since 1970; the 1,000 that end first',
      labelNames: ['account', 'certificate'],
      registers: [registry],
    })
  }

  /** Replaces the previous ones. */
  show(ending: readonly EndingCertificate[]): void {
    this.#gauge.reset()
    const first = ending.toSorted((one, other) => one.endsAt - other.endsAt).slice(0, maxSeries)
    for (const { accountId, certificate, endsAt } of first) {
      this.#gauge.set({ account: accountId, certificate: certificate.name }, endsAt / 1_000)
    }
  }
}
