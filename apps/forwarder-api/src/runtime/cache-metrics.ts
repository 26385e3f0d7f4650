import type { CacheState } from '@mtls-gateway/registry'
import { readCounter, type ServiceMetrics } from '@mtls-gateway/service-kit'
import { Gauge } from 'prom-client'

/** How the caches of a forwarder are used, and how full they are. Measured when scraped. */
export function collectCacheMetrics(
  { registry }: ServiceMetrics,
  caches: Readonly<Record<string, { cache(): CacheState }>>,
): void {
  const states = () => Object.entries(caches).map(([cache, reader]) => [cache, reader.cache()] as const)
  readCounter({
    name: 'cache_lookups_total',
    help: 'Look-ups in a cache, by whether it had what was asked for',
    labelNames: ['cache', 'result'],
    registry,
    read: () =>
      states().flatMap(([cache, { hits, misses }]) => [
        [{ cache, result: 'hit' }, hits] as const,
        [{ cache, result: 'miss' }, misses] as const,
      ]),
  })
  const gauge = (name: string, help: string, value: (state: CacheState) => number) =>
    new Gauge({
      name,
      help,
      labelNames: ['cache'],
      registers: [registry],
      collect() {
        for (const [cache, state] of states()) this.set({ cache }, value(state))
      },
    })
  gauge('cache_entries', 'What a cache holds', ({ entries }) => entries)
  gauge('cache_used_bytes', 'About what the entries of a cache take', ({ bytes }) => bytes)
  gauge('cache_limit_bytes', 'The most that the entries of a cache may take', ({ maxBytes }) => maxBytes)
}
