export { isVaultFailure } from '../vault-failure.ts'
export { inspectVault, type VaultInspection, type VaultInspectionOptions } from './inspect-vault.ts'
export { setUpVault, type VaultSetup, type VaultSetupOptions } from './set-up-vault.ts'
export { type VaultRole, type VaultRoleSetup, vaultRoles } from './vault-roles.ts'
