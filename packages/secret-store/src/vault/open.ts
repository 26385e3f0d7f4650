import type { SecretStore } from '../port/secret-store.ts'
import { loginOf } from './login.ts'
import { LoginAttempts } from './login-attempts.ts'
import { checkMount, checkServerOptions, defaultMount, type VaultStoreOptions } from './options.ts'
import { VaultClient } from './vault-client.ts'
import { VaultStore } from './vault-store.ts'
import { VaultToken } from './vault-token.ts'

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
  checkServerOptions(options)
  const mount = checkMount(options.mount ?? defaultMount)
  const login = loginOf(options.auth)
  const client = new VaultClient(options)
  return new VaultStore(client, new VaultToken(client, new LoginAttempts(client, login)), mount)
}
