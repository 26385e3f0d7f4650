import { randomUUID } from 'node:crypto'
import { chmodSync, chownSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CodedError } from '@mtls-gateway/domain'
import {
  setUpVault,
  type VaultRole,
  type VaultRoleSetup,
  type VaultSetup,
} from '@mtls-gateway/secret-store/vault-setup'
import type { AdminContext } from '../admin-context.ts'
import { readPolicies } from './read-policies.ts'

export interface PrepareOptions {
  readonly mount: string
  readonly authMount: string
  readonly secretIds?: string | undefined
  readonly secretIdTtl?: number | undefined
  readonly boundCidrs: Readonly<Partial<Record<VaultRole, readonly string[]>>>
  readonly kubernetes?: string | undefined
  readonly kubernetesMount: string
  readonly json: boolean
}

interface ReadyRole extends VaultRoleSetup {
  readonly secretIdFile?: string
  readonly secretIdExpires?: string
}

/** What config-api logs in as, too, so that it collects garbage daily. */
const logins: Partial<Record<VaultRole, string>> = { gc: 'VAULT_GC' }
const notes: Partial<Record<VaultRole, string>> = {
  gc: 'with config-api, beside its own login',
  prober: 'for its own process alone: nothing else may read its secret id',
}

export async function prepareVault(context: AdminContext, options: PrepareOptions): Promise<void> {
  const { VAULT_ADDR, VAULT_TOKEN, VAULT_NAMESPACE, VAULT_CA_FILE } = context.environment
  const { kubernetes, kubernetesMount } = options
  if (!VAULT_ADDR || !VAULT_TOKEN) {
    const problem = 'VAULT_ADDR and VAULT_TOKEN are required, like https://vault.example:8200.'
    throw new CodedError('CONFIGURATION_INVALID', problem)
  }
  const setup = await setUpVault({
    address: VAULT_ADDR,
    token: VAULT_TOKEN,
    namespace: VAULT_NAMESPACE || undefined,
    caCertificates: VAULT_CA_FILE ? readFileSync(VAULT_CA_FILE, 'utf8') : undefined,
    policies: readPolicies(context.service.vaultPolicies),
    mount: options.mount,
    authMount: options.authMount,
    secretIdTtlSeconds: options.secretIdTtl,
    boundCidrs: options.boundCidrs,
    kubernetes: kubernetes === undefined ? undefined : { namespace: kubernetes, authMount: kubernetesMount },
  })
  try {
    const roles: ReadyRole[] = []
    for (const role of setup.roles) roles.push({ ...role, ...(await writeSecretId(setup, role, options.secretIds)) })
    const ready = {
      address: VAULT_ADDR,
      mount: setup.mount,
      authMount: options.authMount,
      ...(VAULT_NAMESPACE && { namespace: VAULT_NAMESPACE }),
      ...(VAULT_CA_FILE && { caFile: VAULT_CA_FILE }),
      ...(kubernetes && { kubernetesMount }),
      roles,
    }
    context.print(options.json ? JSON.stringify(ready, null, 2) : text(ready))
    await tryOut(context, setup)
  } finally {
    setup.close()
  }
}

/** Where the roles are bound to addresses, this may not be one of them: that is no fault of the server. */
async function tryOut(context: AdminContext, setup: VaultSetup): Promise<void> {
  try {
    await setup.tryOut()
  } catch (error) {
    if (!(error instanceof Error && /CIDR/i.test(error.message))) throw error
    context.note('Not tried out: the roles are not accepted from this address.')
  }
}

async function writeSecretId(
  setup: VaultSetup,
  { role }: VaultRoleSetup,
  folder: string | undefined,
): Promise<Pick<ReadyRole, 'secretIdFile' | 'secretIdExpires'>> {
  if (folder === undefined) return {}
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const secretIdFile = join(folder, `${role}.secret-id`)
  const before = statSync(secretIdFile, { throwIfNoEntry: false })
  const present = before && readFileSync(secretIdFile, 'utf8').trim()
  const { secretId, expiresAt } = await setup.secretId(role, present)
  const written = { secretIdFile, ...(expiresAt && { secretIdExpires: new Date(expiresAt).toISOString() }) }
  if (secretId === present) return written
  // Whole or not at all, for a service that reads it right now; and never into what others have put there.
  const unfinished = `${secretIdFile}.${randomUUID()}`
  writeFileSync(unfinished, secretId, { flag: 'wx', mode: 0o600 })
  if (before) {
    // A timer of root replaces the file of a service that runs as somebody else.
    chownSync(unfinished, before.uid, before.gid)
    chmodSync(unfinished, before.mode & 0o770)
  }
  renameSync(unfinished, secretIdFile)
  return written
}

interface ReadyVault {
  readonly address: string
  readonly mount: string
  readonly authMount: string
  readonly namespace?: string
  readonly caFile?: string
  /** Where roles for service accounts were written, if they were. */
  readonly kubernetesMount?: string
  readonly roles: readonly ReadyRole[]
}

function text({ address, mount, authMount, namespace, caFile, kubernetesMount, roles }: ReadyVault): string {
  const parts = roles.map(({ role, name, roleId, secretIdPath, secretIdFile, secretIdExpires }) => {
    const login = logins[role] ?? 'VAULT'
    const settings: readonly (readonly [string, string])[] = [
      // The prober has no other store, and no such setting.
      ...(role === 'prober' ? [] : ([['SECRET_STORE', 'vault']] as const)),
      ['VAULT_ADDR', address],
      ...(namespace ? ([['VAULT_NAMESPACE', namespace]] as const) : []),
      ...(caFile ? ([['VAULT_CA_FILE', caFile]] as const) : []),
      ['VAULT_MOUNT', mount],
      ...(authMount === 'approle' ? [] : ([['VAULT_APPROLE_MOUNT', authMount]] as const)),
      [`${login}_ROLE_ID`, roleId],
      [`${login}_SECRET_ID_FILE`, secretIdFile ?? `a file with the secret_id of: vault write -f ${secretIdPath}`],
      ...(kubernetesMount ? ([[`${login}_KUBERNETES_ROLE`, name]] as const) : []),
      ...(kubernetesMount && kubernetesMount !== 'kubernetes'
        ? ([['VAULT_KUBERNETES_MOUNT', kubernetesMount]] as const)
        : []),
      ['policy', name],
      ...(secretIdExpires ? ([['secret id expires', secretIdExpires]] as const) : []),
    ]
    const lines = settings.map(([setting, value]) => `  ${setting.padEnd(27)}  ${value}\n`)
    const note = notes[role]
    return `${note === undefined ? role : `${role} (${note})`}\n${lines.join('')}`
  })
  return [`Vault at ${address} is ready. For each role:\n`, ...parts].join('\n')
}
