export const vaultRoles = ['forwarder', 'config-api', 'prober', 'gc'] as const
export type VaultRole = (typeof vaultRoles)[number]

export interface VaultRoleSetup {
  readonly role: VaultRole
  /** The name of the policy and of the AppRole. */
  readonly name: string
  readonly roleId: string
  /** Where secret ids are made: `vault write -f {path}`. */
  readonly secretIdPath: string
}
