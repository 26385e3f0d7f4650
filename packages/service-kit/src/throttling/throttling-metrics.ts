import { Gauge, type Registry } from 'prom-client'
import { readCounter } from '../metrics/fast-metrics.ts'
import type { RefusedAddresses } from './refused-addresses.ts'

/** How many requests are refused because of their number; never whose. */
export function showThrottling(registry: Registry, addresses: RefusedAddresses): void {
  readCounter({
    name: 'throttled_requests_total',
    help: 'Requests that were answered with 429, because their address sends too many',
    registry,
    read: () => [[{}, addresses.refused]],
  })
  new Gauge({
    name: 'throttled_addresses',
    help: 'Addresses that are refused at the moment',
    registers: [registry],
    collect() {
      this.set(addresses.count())
    },
  })
}
