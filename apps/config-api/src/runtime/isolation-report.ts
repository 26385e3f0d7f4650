import type { Isolation } from '@mtls-gateway/isolated-jobs'
import type { Log, ServiceMetrics } from '@mtls-gateway/service-kit'
import { Gauge } from 'prom-client'

const missing =
  'processes that read uploaded files are kept from files and programs, but not from all else: see SECURITY.md, "What is not protected"'

/** Tells the operator once how far the platform isolates the processes that read uploaded files. */
export function showIsolation({ network, user }: Isolation, log: Log, { registry }: ServiceMetrics): void {
  const gauge = new Gauge({
    name: 'key_file_process_isolation',
    help: '1 where processes that read uploaded files have no network, or are another user to the rest of the machine; else 0',
    labelNames: ['from'],
    registers: [registry],
  })
  gauge.set({ from: 'network' }, network ? 1 : 0)
  gauge.set({ from: 'user' }, user ? 1 : 0)
  const line = { event: 'key-file-process-isolation', network, user }
  if (network && user) log.info(line)
  else log.warn(line, missing)
}
