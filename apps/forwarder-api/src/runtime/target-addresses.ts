import type { Bulkheads } from '@mtls-gateway/bulkhead'
import { AddressLookup, lookUpLimits, type StaleAddresses, type TargetGuard } from '@mtls-gateway/outbound'
import { type Log, Repeats, type ServiceMetrics } from '@mtls-gateway/service-kit'
import { Counter } from 'prom-client'
import type { ForwarderConfiguration } from '../configuration/configuration.ts'

export interface TargetAddressesParts {
  readonly configuration: Pick<ForwarderConfiguration, 'targetStaleAddressesMs'>
  readonly bulkheads: Bulkheads
  readonly log: Log
  readonly metrics: ServiceMetrics
}

/** How targets' names become addresses; tells when name servers have to be done without. */
export function openTargetAddresses(
  guard: TargetGuard,
  { configuration, bulkheads, log, metrics }: TargetAddressesParts,
): AddressLookup {
  const uses = new Counter({
    name: 'target_addresses_stale_total',
    help: 'Look-ups that were answered by the last addresses of a name, because name servers failed or were slow',
    registers: [metrics.registry],
  })
  const repeats = new Repeats()
  const onStale = ({ owner, name, ageMs, error }: StaleAddresses) => {
    uses.inc()
    const times = repeats.due('target-address-stale')
    if (times === undefined) return
    log.warn(
      { event: 'target-address-stale', times, accountId: owner, host: name, ageMs, err: error ?? 'no answer yet' },
      'name servers fail or are slow: the last addresses of names are used, for TARGET_STALE_ADDRESSES',
    )
  }
  const places = bulkheads.open('look-ups', lookUpLimits)
  return new AddressLookup({ guard, places, staleMs: configuration.targetStaleAddressesMs, onStale })
}
