import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openVaultStore, type SecretStore, type VaultStoreOptions } from '../../src/index.ts'
import { setUpVault, type VaultRole, type VaultSetupOptions, vaultRoles } from '../../src/vault/setup/index.ts'
import type { TestVault } from './vault-access.ts'

export const infraVault = fileURLToPath(new URL('../../../../infra/vault/', import.meta.url))

export interface VaultRoles {
  readonly mount: string
  /** A store that logs in with the AppRole that the set-up made. The caller closes it. */
  open(role: VaultRole, options?: Partial<VaultStoreOptions>): Promise<SecretStore>
  /** A store that may do everything. */
  openAsRoot(): SecretStore
  /** What the set-up made a role's AppRole of. */
  credentialOf(role: VaultRole): Promise<{ readonly name: string; readonly roleId: string; readonly secretId: string }>
  /** Also writes roles for service accounts. */
  writeKubernetes(options: VaultSetupOptions['kubernetes']): Promise<void>
  /** A token of the role. */
  tokenOf(role: VaultRole): Promise<string>
}

/** The policies and roles of infra/vault on a mount that no other test uses. */
export async function setUpRoles(vault: TestVault): Promise<VaultRoles> {
  const { address, rootToken } = vault
  const mount = `roles-${randomUUID()}`
  const policies = Object.fromEntries(
    vaultRoles.map((role) => [role, readFileSync(`${infraVault}${role}.hcl`, 'utf8')]),
    // Object.fromEntries forgets the names of the keys.
  ) as Record<VaultRole, string>
  const options = { address, token: rootToken, policies, mount }
  const setup = await setUpVault(options)

  const credentialOf = async (role: VaultRole) => {
    const made = setup.roles.find((candidate) => candidate.role === role)
    if (made === undefined) throw new Error(`the set-up made no ${role}`)
    return { name: made.name, roleId: made.roleId, secretId: (await setup.secretId(role)).secretId }
  }
  return {
    mount,
    credentialOf,
    open: async (role, options) => {
      const { roleId, secretId } = await credentialOf(role)
      const auth = { kind: 'app-role', roleId, secretId: async () => secretId } as const
      return openVaultStore({ address, mount, auth, ...options })
    },
    writeKubernetes: async (kubernetes) => (await setUpVault({ ...options, kubernetes })).close(),
    openAsRoot: () => openVaultStore({ address, mount, auth: { kind: 'token', token: async () => rootToken } }),
    tokenOf: async (role) => {
      const { roleId, secretId } = await credentialOf(role)
      const body = { role_id: roleId, secret_id: secretId }
      return (await vault.api('POST', 'auth/approle/login', body)).body.auth.client_token
    },
  }
}
