import type { Staleness } from '@mtls-gateway/registry'
import type { ServiceMetrics } from '@mtls-gateway/service-kit'
import { Gauge } from 'prom-client'

/** How long an outage of the store may still last: compare the age of the oldest copy with the limit. */
export function collectStalenessMetrics(
  { registry }: ServiceMetrics,
  staleness: () => Staleness,
  limitMs: number,
): void {
  const registers = [registry]
  new Gauge({
    name: 'account_copies_stale',
    help: 'Copies of accounts that are served only because the store can not be read',
    registers,
    collect() {
      this.set(staleness().copies)
    },
  })
  new Gauge({
    name: 'account_copies_stale_oldest_seconds',
    help: 'Age of the oldest of these copies; 0 while there is none',
    registers,
    collect() {
      this.set(staleness().oldestMs / 1_000)
    },
  })
  new Gauge({
    name: 'account_copies_stale_limit_seconds',
    help: 'The age at which these copies are served no more: STALE_LIMIT',
    registers,
  }).set(limitMs / 1_000)
}
