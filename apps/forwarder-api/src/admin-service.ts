import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AdminService } from '@mtls-gateway/admin'
import { forwarderSettings, readConfiguration } from './configuration/configuration.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** What `mtls-admin` knows of this service. */
export const adminService: AdminService = {
  name: 'forwarder-api',
  version,
  settings: forwarderSettings,
  readConfiguration,
  vaultPolicies: fileURLToPath(new URL('../dist/vault', import.meta.url)),
}
