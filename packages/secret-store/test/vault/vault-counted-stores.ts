import { openVaultStore, type SecretStore } from '../../src/index.ts'
import { patientMs, type TestVault } from './vault-access.ts'
import { document } from './vault-calls.ts'
import { setUpRoles, type VaultRoles } from './vault-roles.ts'

export interface CountedStore {
  readonly store: SecretStore
  /** How often the secret id was asked for: once a login. */
  readonly logins: number
}

export interface CountedStores {
  readonly roles: VaultRoles
  /** The policy of config-api. */
  readonly policy: string
  /** A store by an AppRole of its own, with that policy. */
  open(name: string, settings?: object): Promise<CountedStore>
}

/** Stores that tell how often they log in, on a mount where {@link document} is `{ n: 1 }`. */
export async function setUpCountedStores(vault: TestVault): Promise<CountedStores> {
  const roles = await setUpRoles(vault)
  const policy = (await roles.credentialOf('config-api')).name
  const root = roles.openAsRoot()
  await root.put(document, { n: 1 }, 0)
  await root.close()
  const open = async (name: string, settings: object = {}): Promise<CountedStore> => {
    const role = `auth/approle/role/${name}`
    await vault.api('POST', role, { token_policies: [policy], token_no_default_policy: true, ...settings })
    const { role_id: roleId } = (await vault.api('GET', `${role}/role-id`)).body.data
    const secretId: string = (await vault.api('POST', `${role}/secret-id`)).body.data.secret_id
    let logins = 0
    const countedSecretId = async () => {
      logins++
      return secretId
    }
    const auth = { kind: 'app-role', roleId, secretId: countedSecretId } as const
    return {
      store: openVaultStore({ address: vault.address, mount: roles.mount, auth, deadlineMs: patientMs }),
      get logins() {
        return logins
      },
    }
  }
  return { roles, policy, open }
}
