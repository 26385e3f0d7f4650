import { fileURLToPath } from 'node:url'
import type { AdminService } from '@mtls-gateway/admin'
import { buildInfo } from '@mtls-gateway/service-kit'
import { forwarderSettings, readConfiguration } from './configuration/configuration.ts'

const vaultPolicies = fileURLToPath(new URL('../dist/vault', import.meta.url))

/** What `mtls-admin` knows of this service. */
export const adminService: AdminService = {
  name: 'forwarder-api',
  ...buildInfo(),
  settings: forwarderSettings,
  readConfiguration,
  vaultPolicies,
  processes: { 'forwarder-api': async () => (await import('./doctor.ts')).examinedForwarder(vaultPolicies) },
}
