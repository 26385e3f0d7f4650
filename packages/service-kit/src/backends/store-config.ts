import { readFileSync } from 'node:fs'
import type { EmbeddedStoreConfig, SecretStoreConfig, VaultFileLogin, VaultLogin } from '@mtls-gateway/secret-store'
import type { CommonConfiguration } from '../configuration/common-settings.ts'

/** The store that the settings describe. */
export function storeConfig(configuration: CommonConfiguration): SecretStoreConfig {
  if (configuration.secretStore === 'embedded') return embeddedStoreConfig(configuration)
  const { vaultAddr, vaultMount, vaultNamespace, vaultCaFile, vaultTimeoutMs } = configuration
  return {
    kind: 'vault',
    // The rules of the settings require it if SECRET_STORE=vault.
    address: vaultAddr ?? '',
    mount: vaultMount,
    namespace: vaultNamespace,
    deadlineMs: vaultTimeoutMs,
    caCertificates: vaultCaFile === undefined ? undefined : readFileSync(vaultCaFile, 'utf8'),
    login: vaultFileLogin(configuration) ?? tokenLogin(configuration),
  }
}

/** The store in DATA_DIR. */
function embeddedStoreConfig({
  dataDir,
  masterKey,
  embeddedStoreAccept,
}: Pick<CommonConfiguration, 'dataDir' | 'masterKey' | 'embeddedStoreAccept'>): EmbeddedStoreConfig {
  return { kind: 'embedded', directory: dataDir, masterKey: masterKey?.reveal(), accept: embeddedStoreAccept }
}

/** The login whose credential is in a file; undefined if the settings have none. */
export function vaultFileLogin({
  vaultRoleId,
  vaultSecretIdFile,
  vaultAppRoleMount: mount,
  vaultKubernetesRole,
  vaultKubernetesJwtFile,
}: Pick<
  CommonConfiguration,
  'vaultRoleId' | 'vaultSecretIdFile' | 'vaultAppRoleMount' | 'vaultKubernetesRole' | 'vaultKubernetesJwtFile'
>): VaultFileLogin | undefined {
  if (vaultRoleId !== undefined && vaultSecretIdFile !== undefined) {
    return { kind: 'app-role', roleId: vaultRoleId, secretIdFile: vaultSecretIdFile, mount }
  }
  if (vaultKubernetesRole === undefined) return undefined
  return { kind: 'kubernetes', role: vaultKubernetesRole, jwtFile: vaultKubernetesJwtFile }
}

function tokenLogin({ vaultToken }: Pick<CommonConfiguration, 'vaultToken'>): VaultLogin {
  return { kind: 'token', token: async () => vaultToken?.reveal() ?? '' }
}
