import { readFileSync } from 'node:fs'
import {
  type HeadEvent,
  openEmbeddedStore,
  openVaultStore,
  type SecretStore,
  secretFromFile,
  type VaultAuth,
} from '@mtls-gateway/secret-store'
import type { CommonConfiguration } from '../configuration/common-settings.ts'

export interface OpenStoreOptions {
  /** Called with what there is to say about the head of an embedded store. */
  readonly onHead?: (event: HeadEvent) => void
  /** How often an embedded store is checked while it is open, in milliseconds; by default only at open. */
  readonly recheckMs?: number
}

/** The configured store. @throws CodedError `CONFIGURATION_INVALID`, `MASTER_KEY_WRONG`, `STORE_HEAD_MISMATCH` */
export function openStore(configuration: CommonConfiguration, options: OpenStoreOptions = {}): SecretStore {
  return configuration.secretStore === 'vault' ? openVault(configuration) : openEmbedded(configuration, options)
}

/** The store of DATA_DIR, whether it is the configured one or not. */
export function openEmbedded(configuration: CommonConfiguration, options: OpenStoreOptions = {}): SecretStore {
  const { dataDir, masterKey, embeddedStoreAccept } = configuration
  return openEmbeddedStore({
    ...options,
    directory: dataDir,
    masterKey: masterKey?.reveal(),
    accept: embeddedStoreAccept,
  })
}

/** The Vault of VAULT_*, which the rules of the settings have checked where SECRET_STORE=vault. */
export function openVault(configuration: CommonConfiguration): SecretStore {
  const { vaultAddr, vaultMount, vaultNamespace, vaultCaFile, vaultTimeoutMs } = configuration
  return openVaultStore({
    address: vaultAddr ?? '',
    mount: vaultMount,
    namespace: vaultNamespace,
    deadlineMs: vaultTimeoutMs,
    caCertificates: vaultCaFile === undefined ? undefined : readFileSync(vaultCaFile, 'utf8'),
    auth: authOf(configuration),
  })
}

function authOf(configuration: CommonConfiguration): VaultAuth {
  const { vaultRoleId, vaultSecretIdFile, vaultKubernetesRole, vaultKubernetesJwtFile, vaultToken } = configuration
  if (vaultRoleId !== undefined && vaultSecretIdFile !== undefined) {
    return { kind: 'app-role', roleId: vaultRoleId, secretId: secretFromFile(vaultSecretIdFile) }
  }
  if (vaultKubernetesRole !== undefined) {
    return { kind: 'kubernetes', role: vaultKubernetesRole, jwt: secretFromFile(vaultKubernetesJwtFile) }
  }
  return { kind: 'token', token: async () => vaultToken?.reveal() ?? '' }
}
