import { CodedError } from '@mtls-gateway/domain'
import { openVaultStore } from '../open.ts'
import { checkMount, defaultMount, type VaultServerOptions } from '../options.ts'
import { fieldsOf } from '../vault-failure.ts'
import { type AppRoleSettings, keptSecretId, makeSecretId, type SecretId, writeAppRole } from './app-roles.ts'
import { checkKubernetesRoles, type KubernetesRoles, writeKubernetesRole } from './kubernetes-roles.ts'
import { tryOut } from './try-out.ts'
import { VaultAdmin } from './vault-admin.ts'
import { type VaultRole, type VaultRoleSetup, vaultRoles } from './vault-roles.ts'

/** Shorter than the 32 days that are the most where Vault's `max_lease_ttl` was not changed. */
const defaultSecretIdTtlSeconds = 30 * 86_400
const tryOutDeadlineMs = 15_000

export interface VaultSetupOptions extends VaultServerOptions {
  /** The token of an operator who may mount engines and write policies and AppRoles. */
  readonly token: string
  /** HCL for the mount `mtls-gateway`; for another mount its paths are changed. */
  readonly policies: Readonly<Record<VaultRole, string>>
  /** The mount of the KV version 2 engine; `mtls-gateway` by default. */
  readonly mount?: string | undefined
  /** Where AppRole is below `auth/`; `approle` unless given. */
  readonly authMount?: string | undefined
  /** How long a new secret id is accepted, in seconds; 0: forever. Default 30 days, up to Vault's `max_lease_ttl`. */
  readonly secretIdTtlSeconds?: number | undefined
  /** Also writes roles for service accounts, with the same names. */
  readonly kubernetes?: KubernetesRoles | undefined
  /** By role: where its secret ids and tokens are taken from, such as `10.1.0.0/16`. What Vault has unless given. */
  readonly boundCidrs?: Readonly<Partial<Record<VaultRole, readonly string[]>>> | undefined
}

export interface VaultSetup {
  readonly mount: string
  readonly roles: readonly VaultRoleSetup[]
  /** A secret id for a role: `present` if that one is good and in the first half of its time, else a new one. */
  secretId(role: VaultRole, present?: string): Promise<SecretId>
  /**
   * Writes as much as the gateway ever does, reads it and removes it, logged in as config-api and as forwarder-api.
   * @throws StoreError `unavailable` if these can't log in from here, else what the server refuses
   */
  tryOut(): Promise<void>
  close(): void
}

/**
 * Mounts the KV version 2 engine and AppRole where they are not, and writes policies and roles. Run again it changes
 * nothing but what differs.
 *
 * @throws CodedError `CONFIGURATION_INVALID`: an option is wrong, something else is mounted there, or policies or roles
 *   of these names are another gateway's, of which nothing is changed then
 * @throws StoreError naming the path that Vault refused or did not answer for
 */
export async function setUpVault(options: VaultSetupOptions): Promise<VaultSetup> {
  const mount = checkMount(options.mount ?? defaultMount)
  const authMount = checkMount(options.authMount ?? 'approle')
  const admin = new VaultAdmin(options, options.token)
  try {
    const names = vaultRoles.map((role) => nameOf(role, mount))
    for (const name of names) await checkPolicy(admin, mount, name)
    if (options.kubernetes) await checkKubernetesRoles(admin, options.kubernetes, names)
    await mountKv(admin, mount)
    await mountAppRole(admin, authMount)
    const secretIdTtlSeconds = options.secretIdTtlSeconds ?? defaultSecretIdTtlSeconds
    const roles: VaultRoleSetup[] = []
    for (const role of vaultRoles) {
      const settings = { secretIdTtlSeconds, boundCidrs: options.boundCidrs?.[role] }
      roles.push(await writeRole(admin, role, mount, authMount, options.policies[role], settings))
      if (options.kubernetes) await writeKubernetesRole(admin, options.kubernetes, role, nameOf(role, mount))
    }
    const secretId = async (role: VaultRole, present?: string) => {
      const name = nameOf(role, mount)
      const kept = present && (await keptSecretId(admin, authMount, name, present, secretIdTtlSeconds))
      return kept || makeSecretId(admin, authMount, name)
    }
    const openAs = async ({ name, roleId }: VaultRoleSetup) => {
      const { secretId } = await makeSecretId(admin, authMount, name, { ttl: '60s', num_uses: 1 })
      const auth = { kind: 'app-role', roleId, secretId: async () => secretId, mount: authMount } as const
      return openVaultStore({ ...options, deadlineMs: tryOutDeadlineMs, mount, auth })
    }
    return { mount, roles, secretId, tryOut: () => tryOut(roles, openAs), close: () => admin.close() }
  } catch (error) {
    admin.close()
    throw error
  }
}

/**
 * Mounts like team/gw, team-gw and Team/gw share the name of a policy, as Vault ignores case in names. Writing it for
 * one of them would lock the gateway of another out of its accounts.
 */
async function checkPolicy(admin: VaultAdmin, mount: string, name: string): Promise<void> {
  const own = `${mount}/`
  const asName = (path: string) => path.replaceAll('/', '-').toLowerCase()
  const policy = String((await admin.find(`sys/policies/acl/${name}`))?.policy)
  const folders = Array.from(policy.matchAll(/path "([^"]+)"/g), ([, path = '']) => path.slice(0, own.length))
  const other = folders.find((each) => each !== own && each.endsWith('/') && asName(each) === asName(own))
  if (other !== undefined) {
    throw new CodedError(
      'CONFIGURATION_INVALID',
      `The policy ${name} is for the mount ${other.slice(0, -1)}. Choose a mount (--mount) whose name differs in more than case, - and /. If no gateway is there any more, remove the policy first: vault policy delete ${name}.`,
    )
  }
}

async function mountKv(admin: VaultAdmin, mount: string): Promise<void> {
  const mounted = fieldsOf((await admin.ask('get', 'sys/mounts'))[`${mount}/`])
  if (mounted.type === undefined) {
    await admin.ask('post', `sys/mounts/${mount}`, { type: 'kv', options: { version: '2' } })
  } else if (mounted.type !== 'kv' || fieldsOf(mounted.options).version !== '2') {
    throw new CodedError('CONFIGURATION_INVALID', `At ${mount} there is no KV version 2 engine but another one.`)
  }
  // Vault then refuses a write without compare-and-set. Accounts change often, and hold their own history.
  await admin.configureKv(mount, { cas_required: true, max_versions: 10 })
}

async function mountAppRole(admin: VaultAdmin, authMount: string): Promise<void> {
  const mounted = fieldsOf((await admin.ask('get', 'sys/auth'))[`${authMount}/`])
  if (mounted.type === undefined) {
    await admin.ask('post', `sys/auth/${authMount}`, { type: 'approle' })
    // Nobody guesses a secret id, but anybody who knows a role id could close the role with five wrong ones.
    await admin.ask('post', `sys/auth/${authMount}/tune`, { user_lockout_config: { lockout_disable: true } })
  } else if (mounted.type !== 'approle') {
    throw new CodedError('CONFIGURATION_INVALID', `At auth/${authMount} there is no AppRole but something else.`)
  }
}

async function writeRole(
  admin: VaultAdmin,
  role: VaultRole,
  mount: string,
  authMount: string,
  hcl: string,
  settings: AppRoleSettings,
): Promise<VaultRoleSetup> {
  const name = nameOf(role, mount)
  await admin.ask('post', `sys/policies/acl/${name}`, { policy: policyFor(mount, hcl) })
  const roleId = await writeAppRole(admin, authMount, name, settings)
  return { role, name, roleId, secretIdPath: `auth/${authMount}/role/${name}/secret-id` }
}

/** Names of policies are one level, those of mounts may be more. */
export function nameOf(role: VaultRole, mount: string): string {
  return `${mount.replaceAll('/', '-')}-${role}`
}

/** The policy for a mount, from that for the default one. */
export function policyFor(mount: string, hcl: string): string {
  return hcl.replaceAll(`path "${defaultMount}/`, `path "${mount}/`)
}
