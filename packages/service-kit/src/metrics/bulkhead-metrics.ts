import type { BulkheadState, Bulkheads } from '@mtls-gateway/bulkhead'
import { Counter, Gauge, type Registry } from 'prom-client'

/** How full each shared pool is, by pool and never by tenant. Measured when scraped. */
export function showBulkheads(registry: Registry, bulkheads: Bulkheads): void {
  const labels = { labelNames: ['pool'] as const, registers: [registry] }
  const gauge = (name: string, help: string, value: (state: BulkheadState) => number) =>
    new Gauge({
      name,
      help,
      ...labels,
      collect() {
        for (const state of bulkheads.states()) this.set({ pool: state.name }, value(state))
      },
    })
  gauge('bulkhead_limit', 'What all owners together may have of a pool', ({ total }) => total)
  gauge('bulkhead_in_use', 'What is in use of a pool', ({ inUse }) => inUse)
  gauge('bulkhead_waiting', 'Who waits for a place in a pool', ({ waiting }) => waiting)
  new Counter({
    name: 'bulkhead_refused_total',
    help: 'Who was turned away by a pool',
    ...labels,
    collect() {
      this.reset()
      for (const { name, refused } of bulkheads.states()) this.inc({ pool: name }, refused)
    },
  })
}
