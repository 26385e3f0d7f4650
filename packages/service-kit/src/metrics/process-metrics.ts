import { createRequire } from 'node:module'
import { collectDefaultMetrics, type Registry } from 'prom-client'

/** One file of prom-client. */
type Collector = (registry: Registry, options: { readonly eventLoopMonitoringPrecision: number }) => void

/** In milliseconds, prom-client's own. */
const eventLoopMonitoringPrecision = 10

/**
 * prom-client's default metrics but `gc`, which has no switch: of each collection that it is told of, Node keeps 5 KiB in the old
 * generation (deprecated properties of the entry, DEP0152). At 2,000 calls a second that is 1 MiB a minute.
 */
export function collectProcessMetrics(registry: Registry): void {
  const require = createRequire(import.meta.url)
  for (const name of collectDefaultMetrics.metricsList) {
    if (name === 'gc') continue
    const collect: Collector = require(`prom-client/lib/metrics/${name}.js`)
    collect(registry, { eventLoopMonitoringPrecision })
  }
}
