import { StoreError } from '../../port/secret-store.ts'
import type { VaultAdmin } from './vault-admin.ts'

/** Short enough that a lost token is of little use, and renewed by who uses it. */
export const tokenLifetime = { token_ttl: '1h', token_max_ttl: '24h', token_no_default_policy: true }

export interface AppRoleSettings {
  /** How long secret ids that are made from now on are taken, in seconds; 0: for ever. */
  readonly secretIdTtlSeconds: number
  /** Where secret ids and tokens are taken from; what the role has unless given. */
  readonly boundCidrs: readonly string[] | undefined
}

export interface SecretId {
  readonly secretId: string
  /** Milliseconds since 1970; undefined if it does not expire. */
  readonly expiresAt: number | undefined
}

/** The AppRole `name` with the policy of the same name, made or brought to these settings. Gives its role id. */
export async function writeAppRole(
  admin: VaultAdmin,
  authMount: string,
  name: string,
  { secretIdTtlSeconds, boundCidrs }: AppRoleSettings,
): Promise<string> {
  const path = `auth/${authMount}/role/${name}`
  await admin.ask('post', path, {
    ...tokenLifetime,
    bind_secret_id: true,
    token_policies: [name],
    secret_id_ttl: secretIdTtlSeconds,
    ...(boundCidrs && { secret_id_bound_cidrs: boundCidrs, token_bound_cidrs: boundCidrs }),
  })
  const { role_id } = await admin.ask('get', `${path}/role-id`)
  if (typeof role_id !== 'string') throw new StoreError('unavailable', `${path}: the answer has no role id.`)
  return role_id
}

/**
 * A new one beside those that there are.
 * @param limits narrower ones than those of the role
 */
export async function makeSecretId(admin: VaultAdmin, authMount: string, name: string, limits = {}): Promise<SecretId> {
  const path = `auth/${authMount}/role/${name}/secret-id`
  const { secret_id } = await admin.ask('post', path, limits)
  if (typeof secret_id !== 'string') throw new StoreError('unavailable', `${path}: the answer has no secret id.`)
  return { secretId: secret_id, expiresAt: (await lookUp(admin, authMount, name, secret_id))?.expiresAt }
}

/** The same if the role takes it still, for no longer than new ones, and for more than half of its time. */
export async function keptSecretId(
  admin: VaultAdmin,
  authMount: string,
  name: string,
  secretId: string,
  ttlSeconds: number,
): Promise<SecretId | undefined> {
  const known = await lookUp(admin, authMount, name, secretId)
  if (known === undefined) return undefined
  const { expiresAt, ownSeconds } = known
  if (expiresAt === undefined) return ttlSeconds === 0 ? { secretId, expiresAt } : undefined
  const isInSecondHalf = expiresAt - Date.now() < (ownSeconds * 1_000) / 2
  return ownSeconds > ttlSeconds || isInSecondHalf ? undefined : { secretId, expiresAt }
}

/** Undefined of one that the role does not take. */
async function lookUp(admin: VaultAdmin, authMount: string, name: string, secretId: string) {
  const path = `auth/${authMount}/role/${name}/secret-id/lookup`
  // Vault answers with nothing for one that it does not know.
  const { secret_id_ttl, expiration_time } = await admin.ask('post', path, { secret_id: secretId })
  if (secret_id_ttl === undefined) return undefined
  const ownSeconds = Number(secret_id_ttl)
  return { ownSeconds, expiresAt: ownSeconds === 0 ? undefined : Date.parse(String(expiration_time)) }
}
