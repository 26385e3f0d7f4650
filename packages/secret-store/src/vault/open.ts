import type { SecretStore } from '../port/secret-store.ts'
import { checkMount, defaultMount, type VaultStoreOptions } from './options.ts'
import { openVaultSession } from './vault-session.ts'
import { VaultStore } from './vault-store.ts'

/**
 * Secrets in a KV version 2 engine of HashiCorp Vault or OpenBao. Connects and logs in with the first call, so that
 * services start while Vault is down; `check` tells.
 *
 * Each call ends within the deadline. Reads are tried three times; a write is sent again only if it was certainly not
 * done, else it is `unavailable`: read again to learn what became of it.
 *
 * @throws CodedError `CONFIGURATION_INVALID`
 */
export function openVaultStore(options: VaultStoreOptions): SecretStore {
  const mount = checkMount(options.mount ?? defaultMount)
  return new VaultStore(openVaultSession(options), mount)
}
