import type { ExaminedProcess } from '@mtls-gateway/admin'
import { egressProxies, examination, memory, storeServiceChecks } from '@mtls-gateway/admin/doctor'
import { type ForwarderConfiguration, forwarderSettings, readConfiguration } from './configuration/configuration.ts'
import { forwarderMemory } from './runtime/forwarder-memory.ts'

/** What `mtls-admin doctor` examines. */
export function examinedForwarder(vaultPolicies: string): ExaminedProcess {
  return examination<ForwarderConfiguration>({
    readConfiguration,
    checks: [
      memory('forwarder-api', forwarderMemory),
      ...storeServiceChecks({ settings: forwarderSettings, role: 'forwarder', vaultPolicies }),
      egressProxies,
    ],
  })
}
