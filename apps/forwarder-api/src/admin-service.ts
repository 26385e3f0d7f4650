import { fileURLToPath } from 'node:url'
import type { AdminService } from '@mtls-gateway/admin'
import { buildInfo } from '@mtls-gateway/service-kit'
import { forwarderSettings, readConfiguration } from './configuration/configuration.ts'

/** What `mtls-admin` knows of this service. */
export const adminService: AdminService = {
  name: 'forwarder-api',
  ...buildInfo(),
  settings: forwarderSettings,
  readConfiguration,
  vaultPolicies: fileURLToPath(new URL('../dist/vault', import.meta.url)),
}
