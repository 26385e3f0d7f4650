import { type BulkheadState, Bulkheads } from '@mtls-gateway/bulkhead'
import { Gauge, type Registry } from 'prom-client'
import { readCounter, SlotHistogram, waitBuckets } from './fast-metrics.ts'

/** The pools of a service, and how full each is: by pool and never by tenant, and measured when scraped. */
export function measuredBulkheads(registry: Registry): Bulkheads {
  const waits = new SlotHistogram({
    name: 'bulkhead_wait_seconds',
    help: 'How long those waited for a place in a pool who had to, whether they got one or not',
    labelNames: ['pool'],
    buckets: waitBuckets,
    registry,
  })
  const bulkheads = new Bulkheads((pool, ms) => waits.series({ pool }).observe(ms / 1_000))
  const labelNames = ['pool'] as const
  const gauge = (name: string, help: string, value: (state: BulkheadState) => number) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        for (const state of bulkheads.states()) this.set({ pool: state.name }, value(state))
      },
    })
  gauge('bulkhead_limit', 'What all owners together may have of a pool', ({ total }) => total)
  gauge('bulkhead_in_use', 'What is in use of a pool', ({ inUse }) => inUse)
  gauge('bulkhead_waiting', 'Who waits for a place in a pool', ({ waiting }) => waiting)
  readCounter({
    name: 'bulkhead_refused_total',
    help: 'Who was turned away by a pool',
    labelNames,
    registry,
    read: () => bulkheads.states().map(({ name, refused }) => [{ pool: name }, refused] as const),
  })
  return bulkheads
}
