import { checkMount, defaultMount, type VaultServerOptions } from '../options.ts'
import { fieldsOf } from '../vault-failure.ts'
import { nameOf, policyFor } from './set-up-vault.ts'
import { VaultAdmin } from './vault-admin.ts'
import { type VaultRole, vaultRoles } from './vault-roles.ts'

export interface VaultInspectionOptions extends VaultServerOptions {
  /** The token of an operator, who may read mounts, policies and audit devices. */
  readonly token: string
  /** As in `VaultSetupOptions`. */
  readonly policies: Readonly<Record<VaultRole, string>>
  readonly mount?: string | undefined
}

export interface VaultInspection {
  /** Whether a KV version 2 engine is at the mount. */
  readonly isKvVersion2: boolean
  readonly casRequired: boolean
  /** 0: Vault's own default. */
  readonly maxVersions: number
  /** How the policy of each role compares with the one of this release. */
  readonly policies: Readonly<Record<VaultRole, 'same' | 'other' | 'missing'>>
  readonly auditDevices: readonly string[]
}

/** How a Vault is set up, compared with what `setUpVault` writes. @throws StoreError naming the refused path */
export async function inspectVault(options: VaultInspectionOptions): Promise<VaultInspection> {
  const mount = checkMount(options.mount ?? defaultMount)
  const admin = new VaultAdmin(options, options.token)
  try {
    const mounted = fieldsOf((await admin.ask('get', 'sys/mounts'))[`${mount}/`])
    const isKvVersion2 = mounted.type === 'kv' && fieldsOf(mounted.options).version === '2'
    const config = isKvVersion2 ? await admin.ask('get', `${mount}/config`) : {}
    const found = await admin.ask('get', 'sys/policies/acl?list=true')
    const names = Array.isArray(found.keys) ? found.keys : []
    const policies = {} as Record<VaultRole, 'same' | 'other' | 'missing'>
    for (const role of vaultRoles) {
      const name = nameOf(role, mount)
      policies[role] = names.includes(name)
        ? await compare(admin, name, policyFor(mount, options.policies[role]))
        : 'missing'
    }
    return {
      isKvVersion2,
      casRequired: config.cas_required === true,
      maxVersions: Number(config.max_versions) || 0,
      policies,
      auditDevices: Object.keys(await admin.ask('get', 'sys/audit')),
    }
  } finally {
    admin.close()
  }
}

async function compare(admin: VaultAdmin, name: string, wanted: string): Promise<'same' | 'other'> {
  const { policy } = await admin.ask('get', `sys/policies/acl/${name}`)
  return rulesIn(String(policy)) === rulesIn(wanted) ? 'same' : 'other'
}

/** Without comments and white space, which change nothing. */
function rulesIn(hcl: string): string {
  return hcl
    .replace(/#[^\n]*/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}
