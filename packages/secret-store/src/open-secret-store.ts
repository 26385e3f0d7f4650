import { type EmbeddedStoreOptions, openEmbeddedStore } from './embedded/open.ts'
import type { SecretStore } from './port/secret-store.ts'
import { openConfiguredVault, type VaultOpenOptions, type VaultStoreConfig } from './vault/open-configured.ts'

/** Which store it is, and how to get in. */
export type SecretStoreConfig = EmbeddedStoreConfig | VaultStoreConfig

/** As {@link EmbeddedStoreOptions} say. */
export interface EmbeddedStoreConfig extends Pick<EmbeddedStoreOptions, 'directory' | 'masterKey' | 'accept'> {
  readonly kind: 'embedded'
}

/** What the process that opens a store wants of it: the first two for the embedded one, the last for Vault. */
export type OpenStoreOptions = Pick<EmbeddedStoreOptions, 'onEvent' | 'recheckMs'> & VaultOpenOptions

/**
 * Opens the store that a configuration names: services and commands open theirs here.
 * @throws CodedError `CONFIGURATION_INVALID`, `MASTER_KEY_WRONG`, `STORE_HEAD_MISMATCH`, `STORE_MISSING`,
 *   `STORE_NEWER`; `STORE_DAMAGED`, `STORE_NOT_WRITABLE`, `STORE_UNAVAILABLE`: an embedded store that can't be used
 */
export function openSecretStore(
  config: SecretStoreConfig,
  { onClock, ...options }: OpenStoreOptions = {},
): SecretStore {
  if (config.kind === 'embedded') return openEmbeddedStore({ ...config, ...options })
  return openConfiguredVault(config, { onClock })
}
