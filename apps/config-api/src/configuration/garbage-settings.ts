import type { Configuration, ConfigurationRule } from '@mtls-gateway/service-kit'
import { roleLoginFaults, roleLoginSettings } from '../role-login/role-login.ts'

const login = roleLoginSettings(
  'VAULT_GC',
  'gc',
  'garbage collection logs in; without a login of its own it does not run daily',
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
