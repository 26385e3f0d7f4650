import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { VaultAccess } from '@mtls-gateway/test-kit'
import type { Env } from './backends.ts'
import { mustBe } from './tenant.ts'

/** A PKI engine of its own in a Vault, as the profile `engine` of every account (docs/issuers.md). */
export class PkiEngine {
  /** PEM: what targets have to trust. */
  readonly ca: string
  readonly env: Env
  readonly #vault: VaultAccess
  readonly #mount: string
  readonly #folder: string

  private constructor(vault: VaultAccess, mount: string, folder: string, ca: string) {
    this.#vault = vault
    this.#mount = mount
    this.#folder = folder
    this.ca = ca
    this.env = { ISSUERS_FILE: issuersFile(folder) }
  }

  static async open(vault: VaultAccess, lifetimeSeconds: number): Promise<PkiEngine> {
    const { api, address } = vault
    const mount = `pki-${randomUUID()}`
    const folder = await mkdtemp(join(tmpdir(), 'pki-engine-'))
    await api('POST', `sys/mounts/${mount}`, { type: 'pki' })
    const key = { key_type: 'ec', key_bits: 256 }
    const root = await api('POST', `${mount}/root/generate/internal`, { common_name: 'Engine CA', ...key })
    mustBe(200, root)
    const role = { allow_any_name: true, client_flag: true, server_flag: false, key_usage: ['DigitalSignature'] }
    await api('POST', `${mount}/roles/client`, { ...role, key_type: 'any', max_ttl: `${lifetimeSeconds}s` })
    const rules = [
      `path "${mount}/sign/client" { capabilities = ["update"] }`,
      `path "${mount}/roles/client" { capabilities = ["read"] }`,
      `path "${mount}/cert/ca_chain" { capabilities = ["read"] }`,
    ]
    await api('PUT', `sys/policies/acl/${mount}`, { policy: rules.join('\n') })
    await api('POST', `sys/auth/${mount}`, { type: 'approle' })
    const login = `auth/${mount}/role/issuer`
    await api('POST', login, { token_policies: mount, token_ttl: '10m' })
    const roleId = (await api('GET', `${login}/role-id`)).body.data.role_id
    const secretId = (await api('POST', `${login}/secret-id`)).body.data.secret_id
    const secretIdFile = join(folder, 'secret-id')
    await writeFile(secretIdFile, secretId, { mode: 0o600 })
    const profile = {
      ...{ name: 'engine', kind: 'vault-pki', description: 'The engine of a test', accounts: 'all' },
      ...{ keyTypes: ['EC-P256'], lifetime: `${lifetimeSeconds}s`, address, mount, role: 'client' },
      ...{ appRoleMount: mount, roleId, secretIdFile },
    }
    await writeFile(issuersFile(folder), JSON.stringify({ profiles: [profile] }))
    return new PkiEngine(vault, mount, folder, root.body.data.certificate)
  }

  async close(): Promise<void> {
    await this.#vault.api('DELETE', `sys/mounts/${this.#mount}`)
    await this.#vault.api('DELETE', `sys/auth/${this.#mount}`)
    await rm(this.#folder, { recursive: true, force: true })
  }
}

function issuersFile(folder: string): string {
  return join(folder, 'issuers.json')
}
