import type { Configuration, ConfigurationRule } from '@mtls-gateway/service-kit'
import { roleLoginFaults, roleLoginSettings } from '../role-login/role-login.ts'

const login = roleLoginSettings(
  'VAULT_GC',
  'gc',
  'accounts are listed: without such a login, there is no daily garbage collection, no metric of expiring certificates, no webhook and no notice of them, no check of revocation, and after a restart no renewal in accounts that nobody uses',
)

/** Garbage collection's own login at Vault: config-api's may not list. */
export const garbageSettings = {
  vaultGcRoleId: login.roleId,
  vaultGcSecretIdFile: login.secretIdFile,
  vaultGcKubernetesRole: login.kubernetesRole,
}

export const garbageLoginRule: ConfigurationRule<Configuration<typeof garbageSettings>> = (values) =>
  roleLoginFaults(login, {
    roleId: values.vaultGcRoleId,
    secretIdFile: values.vaultGcSecretIdFile,
    isSecretIdFileFaulty: !('vaultGcSecretIdFile' in values),
    kubernetesRole: values.vaultGcKubernetesRole,
  })
