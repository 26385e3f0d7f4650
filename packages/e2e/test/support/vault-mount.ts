import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openVaultStore, type SecretStore } from '@mtls-gateway/secret-store'
import { setUpVault, type VaultRole, type VaultRoleSetup, vaultRoles } from '@mtls-gateway/secret-store/vault-setup'
import type { VaultAccess } from '@mtls-gateway/test-kit'
import type { Env } from './backends.ts'
import { root } from './entries.ts'
import type { StoredValues } from './stored-values.ts'
import { mustBe } from './tenant.ts'

/** Its own KV engine in a Vault, with the policies and AppRoles of infra/vault: what `mtls-admin vault setup` makes. */
export class VaultMount {
  readonly name: string
  readonly #vault: VaultAccess
  readonly #directory: string
  readonly #roles: readonly VaultRoleSetup[]

  private constructor(vault: VaultAccess, directory: string, name: string, roles: readonly VaultRoleSetup[]) {
    this.#vault = vault
    this.#directory = directory
    this.name = name
    this.#roles = roles
  }

  /** `directory` is where the secret ids are written. */
  static async open(vault: VaultAccess, directory: string): Promise<VaultMount> {
    const policies = Object.fromEntries(
      vaultRoles.map((role) => [role, readFileSync(join(root, `infra/vault/${role}.hcl`), 'utf8')]),
      // Object.fromEntries forgets the names of the keys.
    ) as Record<VaultRole, string>
    const name = `e2e-${randomUUID()}`
    const setup = await setUpVault({ address: vault.address, token: vault.rootToken, policies, mount: name })
    const mount = new VaultMount(vault, directory, name, setup.roles)
    setup.close()
    for (const role of vaultRoles) await mount.newSecretId(role)
    return mount
  }

  /** By which a service logs in as the role. */
  env(role: VaultRole): Env {
    return {
      SECRET_STORE: 'vault',
      VAULT_ADDR: this.#vault.address,
      VAULT_MOUNT: this.name,
      VAULT_ROLE_ID: this.#role(role).roleId,
      VAULT_SECRET_ID_FILE: this.#secretIdFile(role),
    }
  }

  /** As root. */
  openStore(): SecretStore {
    const { address, rootToken } = this.#vault
    return openVaultStore({ address, mount: this.name, auth: { kind: 'token', token: async () => rootToken } })
  }

  /** Writes what a release has stored, past the store of this one. */
  async fill(values: StoredValues): Promise<void> {
    for (const [path, data] of Object.entries(values)) {
      mustBe(200, await this.#vault.api('POST', `${this.name}/data/${path}`, { data, options: { cas: 0 } }))
    }
  }

  /** Puts a new secret id of the role into its file; the old one goes on to be good. */
  async newSecretId(role: VaultRole): Promise<void> {
    const { body } = await this.#vault.api('POST', this.#role(role).secretIdPath)
    await writeFile(this.#secretIdFile(role), body.data.secret_id)
  }

  /** Nobody can log in as the role any more, until there is a new secret id. */
  async destroySecretIds(role: VaultRole): Promise<void> {
    const { secretIdPath } = this.#role(role)
    const { body } = await this.#vault.api('GET', `${secretIdPath}?list=true`)
    for (const secret_id_accessor of body.data.keys) {
      await this.#vault.api('POST', `${secretIdPath}-accessor/destroy`, { secret_id_accessor })
    }
  }

  #role(role: VaultRole): VaultRoleSetup {
    const made = this.#roles.find((candidate) => candidate.role === role)
    if (made === undefined) throw new Error(`the set-up made no ${role}`)
    return made
  }

  #secretIdFile(role: VaultRole): string {
    return join(this.#directory, `${role}.secret-id`)
  }
}
