import { Gauge } from 'prom-client'
import type { Log } from '../logging/log.ts'
import { Repeats } from '../logging/repeats.ts'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'

export interface StoreEpochReport {
  /** @param beganAt in milliseconds since 1970; 0 if the store has no epoch */
  changed(epoch: string | undefined, before: string | undefined, beganAt: number): void
  failed(error: unknown): void
}

/** `store-epoch-changed`, `store-epoch-unreadable`, and since when the epoch lasts (docs/production.md). */
export function reportStoreEpoch(log: Log, { registry }: ServiceMetrics): StoreEpochReport {
  const repeats = new Repeats()
  const began = new Gauge({
    name: 'store_epoch_began_seconds',
    help: 'When the epoch of the store began that this instance is on, in seconds since 1970; 0: it is not known',
    registers: [registry],
  })
  return {
    changed(epoch, before, beganAt) {
      began.set(beganAt / 1_000)
      const facts = { event: 'store-epoch-changed', epoch, before }
      if (before === undefined) log.info(facts)
      else log.warn(facts, 'The store was put back to an older copy: cached accounts are read again.')
    },
    failed(error) {
      const times = repeats.due('unreadable')
      if (times !== undefined) log.warn({ event: 'store-epoch-unreadable', err: error, times })
    },
  }
}
