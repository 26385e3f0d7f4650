import type { Configuration, ConfigurationRule } from '@mtls-gateway/service-kit'
import { roleLoginFaults, roleLoginSettings } from '../role-login/role-login.ts'

const login = roleLoginSettings(
  'VAULT_PROBER',
  'prober',
  'keys are read for activate and probe; without a login of its own they are answered with 501',
)

/** The login at Vault of the child process that tries stored certificates out: config-api's own may not read keys. */
export const proberSettings = {
  vaultProberRoleId: login.roleId,
  vaultProberSecretIdFile: login.secretIdFile,
  vaultProberKubernetesRole: login.kubernetesRole,
}

export const proberLoginRule: ConfigurationRule<Configuration<typeof proberSettings>> = (values) =>
  roleLoginFaults(login, {
    roleId: values.vaultProberRoleId,
    secretIdFile: values.vaultProberSecretIdFile,
    isSecretIdFileFaulty: !('vaultProberSecretIdFile' in values),
    kubernetesRole: values.vaultProberKubernetesRole,
  })
