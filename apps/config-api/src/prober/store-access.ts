import { openEmbeddedStore, openVaultStore, type SecretStore, secretFromFile } from '@mtls-gateway/secret-store'

/** How a prober gets at keys: what can be handed to another process. Where a credential is, not the credential. */
export type StoreAccess =
  | { readonly kind: 'embedded'; readonly directory: string; readonly masterKey: Uint8Array | undefined }
  | {
      readonly kind: 'vault'
      readonly address: string
      readonly mount: string
      readonly namespace: string | undefined
      readonly deadlineMs: number
      readonly caCertificates: string | undefined
      readonly login: VaultLogin
    }

export type VaultLogin =
  | { readonly kind: 'app-role'; readonly roleId: string; readonly secretIdFile: string }
  | { readonly kind: 'kubernetes'; readonly role: string; readonly jwtFile: string }

/** @throws CodedError, StoreError as the adapter does */
export function openStoreOf(access: StoreAccess): SecretStore {
  if (access.kind === 'embedded') return openEmbeddedStore({ ...access, isChecked: true })
  const { login } = access
  const auth =
    login.kind === 'app-role'
      ? { kind: login.kind, roleId: login.roleId, secretId: secretFromFile(login.secretIdFile) }
      : { kind: login.kind, role: login.role, jwt: secretFromFile(login.jwtFile) }
  return openVaultStore({ ...access, auth })
}
