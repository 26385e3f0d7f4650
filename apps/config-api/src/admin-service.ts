import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AdminService } from '@mtls-gateway/admin'
import { configApiSettings, readConfiguration } from './configuration/configuration.ts'
import { withGarbageLogin } from './maintenance/garbage-login.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** What `mtls-admin` knows of this service. */
export const adminService: AdminService = {
  name: 'config-api',
  version,
  settings: configApiSettings,
  readConfiguration,
  garbageConfiguration: (environment) => {
    const configuration = readConfiguration(environment)
    return withGarbageLogin(configuration) ?? configuration
  },
  vaultPolicies: fileURLToPath(new URL('../dist/vault', import.meta.url)),
}
