export {
  setUpVault,
  type VaultRole,
  type VaultRoleSetup,
  type VaultSetup,
  type VaultSetupOptions,
  vaultRoles,
} from './set-up-vault.ts'
