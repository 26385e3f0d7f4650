import type { IdentityStats, UpstreamPools } from '@mtls-gateway/outbound'
import type { ServiceMetrics } from '@mtls-gateway/service-kit'
import { Counter, Gauge } from 'prom-client'

/**
 * What identities (account, certificate version, trust, TLS settings) of all accounts keep between calls. The pool's
 * metrics show what that takes.
 */
export function collectIdentityMetrics({ registry }: ServiceMetrics, upstreams: UpstreamPools): void {
  const registers = [registry]
  const gauge = (name: string, help: string, value: (stats: IdentityStats) => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value(upstreams.identities.stats()))
      },
    })
  gauge('target_callers', 'Callers that keep connections to targets', ({ identities }) => identities)
  gauge(
    'target_tls_contexts',
    'TLS contexts of callers, also of those whose last calls end',
    ({ contexts }) => contexts,
  )
  new Counter({
    name: 'target_callers_evicted_total',
    help: 'Callers whose connections were closed because others needed their room',
    registers,
    collect() {
      this.reset()
      this.inc(upstreams.identities.stats().evicted)
    },
  })
}
