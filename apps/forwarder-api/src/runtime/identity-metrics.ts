import type { CallerStats, Dispatchers } from '@mtls-gateway/outbound'
import type { ServiceMetrics } from '@mtls-gateway/service-kit'
import { Gauge } from 'prom-client'

/**
 * What callers (account, certificate version, trust) of all accounts keep between calls; the pool's metrics tell what
 * it takes.
 */
export function collectCallerMetrics({ registry }: ServiceMetrics, dispatchers: Dispatchers): void {
  const registers = [registry]
  const gauge = (name: string, help: string, value: (stats: CallerStats) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value(dispatchers.callerStats()))
      },
    })
  gauge('target_callers', 'Callers that keep connections to targets', ({ callers }) => callers)
  gauge(
    'target_tls_contexts',
    'TLS contexts of callers, also of those whose last calls end',
    ({ contexts }) => contexts,
  )
}
