import { StoreError } from '../../port.ts'
import type { VaultAdmin } from './vault-admin.ts'

/** Short enough that a lost token is of little use, and renewed by who uses it. */
const tokenSettings = { token_ttl: '1h', token_max_ttl: '24h', token_no_default_policy: true, bind_secret_id: true }

/** The AppRole `name` with the policy of the same name, made or brought to these settings. Gives its role id. */
export async function writeAppRole(admin: VaultAdmin, authMount: string, name: string): Promise<string> {
  const path = `auth/${authMount}/role/${name}`
  await admin.ask('post', path, { ...tokenSettings, token_policies: [name] })
  const { role_id } = await admin.ask('get', `${path}/role-id`)
  if (typeof role_id !== 'string') throw new StoreError('unavailable', `${path}: the answer has no role id.`)
  return role_id
}

/** A new one beside those that there are. */
export async function makeSecretId(admin: VaultAdmin, authMount: string, name: string): Promise<string> {
  const path = `auth/${authMount}/role/${name}/secret-id`
  const { secret_id } = await admin.ask('post', path)
  if (typeof secret_id !== 'string') throw new StoreError('unavailable', `${path}: the answer has no secret id.`)
  return secret_id
}

/** Whether the role takes it still. Vault answers with nothing for one that it does not know. */
export async function isSecretId(admin: VaultAdmin, authMount: string, name: string, text: string): Promise<boolean> {
  const known = await admin.ask('post', `auth/${authMount}/role/${name}/secret-id/lookup`, { secret_id: text })
  return Object.keys(known).length > 0
}
