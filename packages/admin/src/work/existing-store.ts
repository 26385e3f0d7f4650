import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '@mtls-gateway/domain'
import { openSecretStore, type SecretStore, type StoreEvent } from '@mtls-gateway/secret-store'
import { type CommonConfiguration, storeConfig } from '@mtls-gateway/service-kit'
import type { AdminContext } from '../admin-context.ts'

export type StoreKind = CommonConfiguration['secretStore']

/** The store that this environment describes, once it has answered. @throws CodedError */
export async function answeringStore(
  context: AdminContext,
  configuration: CommonConfiguration,
  kind: StoreKind,
): Promise<SecretStore> {
  if (kind === 'vault' && !hasVault(configuration)) {
    throw new CodedError(
      'CONFIGURATION_INVALID',
      'Set VAULT_ADDR and a login: VAULT_TOKEN, or VAULT_ROLE_ID with VAULT_SECRET_ID_FILE, or VAULT_KUBERNETES_ROLE.',
    )
  }
  const onEvent = (event: StoreEvent) => noteEvent(context, event)
  const store = openSecretStore(storeConfig({ ...configuration, secretStore: kind }), { onEvent })
  try {
    await store.check()
    return store
  } catch (cause) {
    await store.close()
    throw new CodedError('STORE_UNAVAILABLE', `The ${kind} store does not answer, or refuses this login.`, { cause })
  }
}

/** Like {@link answeringStore}, but an embedded store must exist: a mistyped DATA_DIR would look like an empty one. */
export async function existingStore(
  context: AdminContext,
  configuration: CommonConfiguration,
  kind: StoreKind,
): Promise<SecretStore> {
  if (kind === 'embedded' && !existsSync(join(configuration.dataDir, 'secrets.db'))) {
    throw new CodedError('CONFIGURATION_INVALID', `There is no store in ${configuration.dataDir}: set DATA_DIR.`)
  }
  return answeringStore(context, configuration, kind)
}

/** Apart from what the command prints. */
function noteEvent(context: AdminContext, event: StoreEvent): void {
  if (event.kind === 'accepted') context.note(`The store was accepted as it is, with ${event.secrets} secrets.`)
  if (event.kind === 'key-exposed') {
    context.note(`Others than its owner can use ${event.path} (mode ${event.mode}): chmod 600 ${event.path}`)
  }
}

function hasVault({ vaultAddr, vaultToken, vaultRoleId, vaultKubernetesRole }: CommonConfiguration): boolean {
  return vaultAddr !== undefined && (vaultToken ?? vaultRoleId ?? vaultKubernetesRole) !== undefined
}
