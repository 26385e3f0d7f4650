import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type VaultRole, vaultRoles } from '@mtls-gateway/secret-store/vault-setup'

/** The policies of this release by role, for the default mount. */
export function readPolicies(folder: string): Readonly<Record<VaultRole, string>> {
  const policies = vaultRoles.map((role) => [role, readFileSync(join(folder, `${role}.hcl`), 'utf8')])
  // Object.fromEntries forgets the names of the keys.
  return Object.fromEntries(policies) as Record<VaultRole, string>
}
