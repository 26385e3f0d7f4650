import { readFileSync } from 'node:fs'
import { getCACertificates } from 'node:tls'
import { inheritedCa } from '@mtls-gateway/outbound'
import { vaultFileLogin } from '@mtls-gateway/service-kit'
import type { ProberVaultConfig } from '../prober/prober-job.ts'
import type { ProberConfiguration } from './configuration.ts'

/** How the prober's child processes reach keys; the prober itself does not log in. */
export function proberVaultConfig(configuration: ProberConfiguration): ProberVaultConfig {
  const { vaultAddr, vaultMount, vaultNamespace, vaultTimeoutMs } = configuration
  const login = vaultFileLogin(configuration)
  if (login === undefined) throw new TypeError('the rules of the settings leave exactly one login')
  return {
    kind: 'vault',
    address: vaultAddr,
    mount: vaultMount,
    namespace: vaultNamespace,
    deadlineMs: vaultTimeoutMs,
    caCertificates: caOf(configuration),
    login,
  }
}

/** The CA that this process trusts for Vault. Its child processes have no environment. */
function caOf({ vaultCaFile }: ProberConfiguration): string | undefined {
  if (vaultCaFile !== undefined) return readFileSync(vaultCaFile, 'utf8')
  return inheritedCa().length === 0 ? undefined : getCACertificates('default').join('\n')
}
