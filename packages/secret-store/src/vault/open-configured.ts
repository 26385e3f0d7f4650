import type { SecretStore } from '../port/secret-store.ts'
import { openVaultStore } from './open.ts'
import type { SecretSource, VaultAuth, VaultServerOptions } from './options.ts'
import { secretFromFile } from './secret-file.ts'

export interface VaultStoreConfig<Login extends VaultLogin = VaultLogin> extends VaultServerOptions {
  readonly kind: 'vault'
  /** The mount of a KV version 2 engine. */
  readonly mount: string
  readonly login: Login
}

export type VaultLogin = VaultFileLogin | { readonly kind: 'token'; readonly token: SecretSource }

/** Where the credential is, not the credential: a process can hand it to another one. It is read for each login. */
export type VaultFileLogin =
  | { readonly kind: 'app-role'; readonly roleId: string; readonly secretIdFile: string; readonly mount?: string }
  | { readonly kind: 'kubernetes'; readonly role: string; readonly jwtFile: string; readonly mount?: string }

export type VaultOpenOptions = Pick<VaultServerOptions, 'onClock'>

/**
 * Opens the Vault that a configuration names. `@mtls-gateway/secret-store/vault` has it for processes that must do
 * without `node:sqlite`, as that opens any file whatever Node's permission model says.
 *
 * @throws CodedError `CONFIGURATION_INVALID`
 */
export function openConfiguredVault(config: VaultStoreConfig, { onClock }: VaultOpenOptions = {}): SecretStore {
  return openVaultStore({ ...config, auth: authOf(config.login), onClock })
}

function authOf(login: VaultLogin): VaultAuth {
  switch (login.kind) {
    case 'app-role':
      return {
        kind: login.kind,
        roleId: login.roleId,
        secretId: secretFromFile(login.secretIdFile),
        mount: login.mount,
      }
    case 'kubernetes':
      return { kind: login.kind, role: login.role, jwt: secretFromFile(login.jwtFile), mount: login.mount }
    case 'token':
      return login
  }
}
