import { readFileSync } from 'node:fs'
import { getCACertificates } from 'node:tls'
import { inheritedCa } from '@mtls-gateway/outbound'
import type { StoreAccess, VaultLogin } from '../prober/store-access.ts'
import type { ProberConfiguration } from './configuration.ts'

/** How the prober's child processes reach keys; the prober itself does not log in. */
export function vaultAccessOf(configuration: ProberConfiguration): StoreAccess {
  const { vaultAddr, vaultMount, vaultNamespace, vaultTimeoutMs } = configuration
  return {
    kind: 'vault',
    address: vaultAddr,
    mount: vaultMount,
    namespace: vaultNamespace,
    deadlineMs: vaultTimeoutMs,
    caCertificates: caOf(configuration),
    login: loginOf(configuration),
  }
}

/** The rules of the settings leave exactly one login. */
function loginOf(configuration: ProberConfiguration): VaultLogin {
  const { vaultRoleId, vaultSecretIdFile, vaultKubernetesRole = '', vaultKubernetesJwtFile } = configuration
  if (vaultRoleId !== undefined && vaultSecretIdFile !== undefined) {
    return { kind: 'app-role', roleId: vaultRoleId, secretIdFile: vaultSecretIdFile }
  }
  return { kind: 'kubernetes', role: vaultKubernetesRole, jwtFile: vaultKubernetesJwtFile }
}

/** The CA by which this process trusts Vault; its child processes see no environment. */
function caOf({ vaultCaFile }: ProberConfiguration): string | undefined {
  if (vaultCaFile !== undefined) return readFileSync(vaultCaFile, 'utf8')
  return inheritedCa().length === 0 ? undefined : getCACertificates('default').join('\n')
}
