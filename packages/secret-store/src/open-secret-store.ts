import { type EmbeddedStoreOptions, openEmbeddedStore } from './embedded/open.ts'
import type { SecretStore } from './port/secret-store.ts'
import { openVaultStore } from './vault/open.ts'
import type { SecretSource, VaultAuth, VaultServerOptions } from './vault/options.ts'
import { secretFromFile } from './vault/secret-file.ts'

/** Which store it is, and how to get in. */
export type SecretStoreConfig = EmbeddedStoreConfig | VaultStoreConfig

/** As {@link EmbeddedStoreOptions} say. */
export interface EmbeddedStoreConfig extends Pick<EmbeddedStoreOptions, 'directory' | 'masterKey' | 'accept'> {
  readonly kind: 'embedded'
}

export interface VaultStoreConfig<Login extends VaultLogin = VaultLogin> extends VaultServerOptions {
  readonly kind: 'vault'
  /** The mount of a KV version 2 engine. */
  readonly mount: string
  readonly login: Login
}

export type VaultLogin = VaultFileLogin | { readonly kind: 'token'; readonly token: SecretSource }

/** Where the credential is, not the credential: a process can hand it to another one. It is read for each login. */
export type VaultFileLogin =
  | { readonly kind: 'app-role'; readonly roleId: string; readonly secretIdFile: string }
  | { readonly kind: 'kubernetes'; readonly role: string; readonly jwtFile: string }

/** What the process that opens a store wants of it: all but the last for the embedded one, the last for Vault. */
export type OpenStoreOptions = Pick<EmbeddedStoreOptions, 'onEvent' | 'recheckMs' | 'isChecked'> &
  Pick<VaultServerOptions, 'onClock'>

/**
 * Opens the store that a configuration names: services, the prober's processes and commands open theirs here.
 * @throws CodedError `CONFIGURATION_INVALID`, `MASTER_KEY_WRONG`, `STORE_HEAD_MISMATCH`, `STORE_MISSING`,
 *   `STORE_NEWER`; `STORE_DAMAGED`, `STORE_NOT_WRITABLE`, `STORE_UNAVAILABLE`: an embedded store that can't be used
 */
export function openSecretStore(
  config: SecretStoreConfig,
  { onClock, ...options }: OpenStoreOptions = {},
): SecretStore {
  if (config.kind === 'embedded') return openEmbeddedStore({ ...config, ...options })
  return openVaultStore({ ...config, auth: authOf(config.login), onClock })
}

function authOf(login: VaultLogin): VaultAuth {
  switch (login.kind) {
    case 'app-role':
      return { kind: login.kind, roleId: login.roleId, secretId: secretFromFile(login.secretIdFile) }
    case 'kubernetes':
      return { kind: login.kind, role: login.role, jwt: secretFromFile(login.jwtFile) }
    case 'token':
      return login
  }
}
