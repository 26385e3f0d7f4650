import { readFileSync } from 'node:fs'
import { getCACertificates } from 'node:tls'
import { inheritedCa } from '@mtls-gateway/outbound'
import { openEmbeddedStore, openVaultStore, type SecretStore, secretFromFile } from '@mtls-gateway/secret-store'
import type { ConfigApiConfiguration } from '../configuration.ts'

/** How a prober gets at keys: what can be handed to another process. Where a credential is, not the credential. */
export type StoreAccess =
  | { readonly kind: 'embedded'; readonly directory: string; readonly masterKey: Uint8Array | undefined }
  | {
      readonly kind: 'vault'
      readonly address: string
      readonly mount: string
      readonly namespace: string | undefined
      readonly deadlineMs: number
      readonly caCertificates: string | undefined
      readonly login: VaultLogin
    }

type VaultLogin =
  | { readonly kind: 'app-role'; readonly roleId: string; readonly secretIdFile: string }
  | { readonly kind: 'kubernetes'; readonly role: string; readonly jwtFile: string }

/** Undefined where Vault has no role for probers: config-api's own may not read keys. */
export function storeAccessOf(configuration: ConfigApiConfiguration): StoreAccess | undefined {
  const { secretStore, dataDir, masterKey, vaultAddr, vaultMount, vaultNamespace, vaultTimeoutMs } = configuration
  if (secretStore === 'embedded') return { kind: 'embedded', directory: dataDir, masterKey: masterKey?.reveal() }
  const login = loginOf(configuration)
  return (
    login && {
      kind: 'vault',
      address: vaultAddr ?? '',
      mount: vaultMount,
      namespace: vaultNamespace,
      deadlineMs: vaultTimeoutMs,
      caCertificates: caOf(configuration),
      login,
    }
  )
}

function loginOf(configuration: ConfigApiConfiguration): VaultLogin | undefined {
  const { vaultProberRoleId, vaultProberSecretIdFile, vaultProberKubernetesRole, vaultKubernetesJwtFile } =
    configuration
  if (vaultProberRoleId !== undefined && vaultProberSecretIdFile !== undefined) {
    return { kind: 'app-role', roleId: vaultProberRoleId, secretIdFile: vaultProberSecretIdFile }
  }
  if (vaultProberKubernetesRole === undefined) return undefined
  return { kind: 'kubernetes', role: vaultProberKubernetesRole, jwtFile: vaultKubernetesJwtFile }
}

/** What this process trusts Vault by; the prober sees no environment. */
function caOf({ vaultCaFile }: ConfigApiConfiguration): string | undefined {
  if (vaultCaFile !== undefined) return readFileSync(vaultCaFile, 'utf8')
  return inheritedCa().length === 0 ? undefined : getCACertificates('default').join('\n')
}

/** @throws CodedError, StoreError as the adapter does */
export function openStoreOf(access: StoreAccess): SecretStore {
  if (access.kind === 'embedded') return openEmbeddedStore(access)
  const { login } = access
  const auth =
    login.kind === 'app-role'
      ? { kind: login.kind, roleId: login.roleId, secretId: secretFromFile(login.secretIdFile) }
      : { kind: login.kind, role: login.role, jwt: secretFromFile(login.jwtFile) }
  return openVaultStore({ ...access, auth })
}
