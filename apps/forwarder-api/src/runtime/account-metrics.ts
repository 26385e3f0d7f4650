import type { AccountReader, ReaderEvent } from '@mtls-gateway/registry'
import { durationBuckets, readCounter, type ServiceMetrics, SlotHistogram } from '@mtls-gateway/service-kit'
import { Gauge } from 'prom-client'

/** How far copies of accounts are behind the store; never whose. */
export class AccountMetrics {
  readonly #events: Record<ReaderEvent['type'], number> = {
    'load-failed': 0,
    'store-restored': 0,
    gap: 0,
  }
  /** How long after the notice of a change a copy has it, in milliseconds. */
  readonly caughtUp: (ms: number) => void
  readonly #registry: ServiceMetrics['registry']

  constructor({ registry }: ServiceMetrics) {
    this.#registry = registry
    const lag = new SlotHistogram({
      name: 'account_change_lag_seconds',
      help: 'From the notice of a change to the copy that has it',
      buckets: durationBuckets,
      registry,
    }).series({})
    this.caughtUp = (ms) => lag.observe(ms / 1_000)
    readCounter({
      name: 'account_cache_events_total',
      help: 'What has happened to copies of accounts, as in the log',
      labelNames: ['event'],
      registry,
      read: () => Object.entries(this.#events).map(([event, count]) => [{ event }, count] as const),
    })
  }

  count({ type }: ReaderEvent): void {
    this.#events[type] += 1
  }

  /** Measured when scraped. */
  show(accounts: AccountReader): void {
    new Gauge({
      name: 'account_copies_behind',
      help: 'Copies that have to be read again, as there is a newer revision, or their time is over',
      registers: [this.#registry],
      collect() {
        this.set(accounts.behind)
      },
    })
  }
}
