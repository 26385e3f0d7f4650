import { fileURLToPath } from 'node:url'
import type { AdminService } from '@mtls-gateway/admin'
import { buildInfo } from '@mtls-gateway/service-kit'
import { configApiSettings, readConfiguration } from './configuration/configuration.ts'
import { withGarbageLogin } from './maintenance/garbage-login.ts'

const vaultPolicies = fileURLToPath(new URL('../dist/vault', import.meta.url))

/** What `mtls-admin` knows of this service. */
export const adminService: AdminService = {
  name: 'config-api',
  ...buildInfo(),
  settings: configApiSettings,
  readConfiguration,
  garbageConfiguration: (environment) => {
    const configuration = readConfiguration(environment)
    return withGarbageLogin(configuration) ?? configuration
  },
  vaultPolicies,
  processes: {
    'config-api': async () => (await import('./doctor.ts')).examinedConfigApi(vaultPolicies),
    prober: async () => (await import('./doctor.ts')).examinedProber(vaultPolicies),
  },
}
