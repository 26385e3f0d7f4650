import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '@mtls-gateway/domain'
import { openSecretStore, type SecretStore, type StoreEvent } from '@mtls-gateway/secret-store'
import { storeConfig } from '@mtls-gateway/service-kit'
import type { ConfigApiConfiguration } from '../configuration/configuration.ts'

export type StoreKind = ConfigApiConfiguration['secretStore']

/** The store that this environment describes, once it has answered. @throws CodedError */
export async function answeringStore(configuration: ConfigApiConfiguration, kind: StoreKind): Promise<SecretStore> {
  if (kind === 'vault' && !hasVault(configuration)) {
    throw new CodedError(
      'CONFIGURATION_INVALID',
      'Set VAULT_ADDR and a login: VAULT_TOKEN, or VAULT_ROLE_ID with VAULT_SECRET_ID_FILE, or VAULT_KUBERNETES_ROLE.',
    )
  }
  const store = openSecretStore(storeConfig({ ...configuration, secretStore: kind }), { onEvent: sayEvent })
  try {
    await store.check()
    return store
  } catch (cause) {
    await store.close()
    throw new CodedError('STORE_UNAVAILABLE', `The ${kind} store does not answer, or refuses this login.`, { cause })
  }
}

/** Like {@link answeringStore}, but an embedded store must exist: a mistyped DATA_DIR would look like an empty one. */
export async function existingStore(configuration: ConfigApiConfiguration, kind: StoreKind): Promise<SecretStore> {
  const file = join(configuration.dataDir, 'secrets.db')
  if (kind === 'embedded' && !existsSync(file)) {
    throw new CodedError('CONFIGURATION_INVALID', `There is no store in ${configuration.dataDir}: set DATA_DIR.`)
  }
  return answeringStore(configuration, kind)
}

/** On stderr, apart from what the command prints. */
function sayEvent(event: StoreEvent): void {
  if (event.kind === 'accepted') console.error(`The store was accepted as it is, with ${event.secrets} secrets.`)
  if (event.kind === 'key-exposed') {
    console.error(`Others than its owner can use ${event.path} (mode ${event.mode}): chmod 600 ${event.path}`)
  }
}

function hasVault({ vaultAddr, vaultToken, vaultRoleId, vaultKubernetesRole }: ConfigApiConfiguration): boolean {
  return vaultAddr !== undefined && (vaultToken ?? vaultRoleId ?? vaultKubernetesRole) !== undefined
}
