export { type BackUpOptions, backUpEmbeddedStore } from './embedded/backup/back-up.ts'
export type { BackupFile, Manifest } from './embedded/backup/manifest.ts'
export { type Restored, type RestoreOptions, restoreEmbeddedStore } from './embedded/backup/restore.ts'
export type { HeadEvent, StoreEvent } from './embedded/events/store-event.ts'
export type { HeadOptions } from './embedded/head/open-head.ts'
export { type EmbeddedStoreOptions, openEmbeddedStore } from './embedded/open.ts'
export { type RotationOptions, rotateMasterKey } from './embedded/rotation/rotate-master-key.ts'
export { readOrCreateFile } from './files/first-start-file.ts'
export { syncDirectory } from './files/sync-directory.ts'
export {
  type EmbeddedStoreConfig,
  type OpenStoreOptions,
  openSecretStore,
  type SecretStoreConfig,
} from './open-secret-store.ts'
export * from './port/index.ts'
export { openVaultStore } from './vault/open.ts'
export type { VaultFileLogin, VaultLogin, VaultStoreConfig } from './vault/open-configured.ts'
export {
  checkMount,
  type SecretSource,
  type VaultAuth,
  type VaultServerOptions,
  type VaultStoreOptions,
} from './vault/options.ts'
export { secretFromFile } from './vault/secret-file.ts'
export { isVaultFailure, type VaultFailure } from './vault/vault-failure.ts'
export { openVaultSession, type VaultSession, type VaultSessionOptions } from './vault/vault-session.ts'
