import type { ServiceMetrics } from '@mtls-gateway/service-kit'
import { Counter, Gauge } from 'prom-client'
import type { AuditReceiver } from './audit-receiver.ts'

/** How far receivers of the audit are behind, and what they took. */
export class StreamMetrics {
  readonly #lags = new Map<string, () => number>()
  readonly #entries: Counter<'receiver'>
  readonly #failures: Counter<'receiver'>

  constructor({ registry }: ServiceMetrics) {
    const lags = this.#lags
    new Gauge({
      name: 'audit_stream_lag_seconds',
      help: 'Age of the oldest entry of the audit that a receiver has not got, as far as this instance knows; 0: it has all',
      labelNames: ['receiver'],
      registers: [registry],
      collect() {
        for (const [receiver, lagMs] of lags) this.set({ receiver }, lagMs() / 1_000)
      },
    })
    this.#entries = new Counter({
      name: 'audit_stream_entries_total',
      help: 'Entries of the audit that a receiver has taken from this instance',
      labelNames: ['receiver'],
      registers: [registry],
    })
    this.#failures = new Counter({
      name: 'audit_stream_failures_total',
      help: 'Deliveries of the audit that failed, and are repeated',
      labelNames: ['receiver'],
      registers: [registry],
    })
  }

  show(receiver: AuditReceiver['name'], lagMs: () => number): void {
    this.#lags.set(receiver, lagMs)
    // A counter that begins with its first failure hides it from rates.
    this.#entries.inc({ receiver }, 0)
    this.#failures.inc({ receiver }, 0)
  }

  delivered(receiver: AuditReceiver['name'], entries: number): void {
    this.#entries.inc({ receiver }, entries)
  }

  failed(receiver: AuditReceiver['name']): void {
    this.#failures.inc({ receiver })
  }
}
