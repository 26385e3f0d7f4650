import {
  type Configuration,
  type ConfigurationFault,
  type ConfigurationRule,
  filePath,
  optional,
  type Setting,
  text,
} from '@mtls-gateway/service-kit'

/** The login of garbage collection at Vault: config-api's own may not list. */
export const garbageSettings = {
  vaultGcRoleId: optional(
    text('VAULT_GC_ROLE_ID', {
      example: '6c2f...',
      meaning:
        'Role id of the AppRole by which garbage collection logs in; without a login of its own it does not run daily.',
    }),
  ),
  vaultGcSecretIdFile: optional(
    filePath('VAULT_GC_SECRET_ID_FILE', {
      example: '/run/secrets/vault-gc-secret-id',
      meaning: 'File of the secret id of VAULT_GC_ROLE_ID; read at each login.',
    }),
  ),
  vaultGcKubernetesRole: optional(
    text('VAULT_GC_KUBERNETES_ROLE', {
      example: 'gc',
      meaning: 'Instead of VAULT_GC_ROLE_ID: role to log in by as a Kubernetes service account.',
    }),
  ),
}

/** None, or exactly one way to log in. */
export const garbageLoginRule: ConfigurationRule<Configuration<typeof garbageSettings>> = (values) => {
  const { vaultGcRoleId: roleId, vaultGcSecretIdFile: secretIdFile, vaultGcKubernetesRole: kubernetesRole } = values
  const { vaultGcRoleId, vaultGcSecretIdFile, vaultGcKubernetesRole } = garbageSettings
  if (roleId !== undefined && kubernetesRole !== undefined) {
    return [fault(vaultGcRoleId, `is given beside ${vaultGcKubernetesRole.variable}: only one of them may be`)]
  }
  if (roleId !== undefined && secretIdFile === undefined && 'vaultGcSecretIdFile' in values) {
    return [fault(vaultGcSecretIdFile, `is required together with ${vaultGcRoleId.variable}`)]
  }
  if (roleId === undefined && secretIdFile !== undefined) {
    return [fault(vaultGcRoleId, `is required together with ${vaultGcSecretIdFile.variable}`)]
  }
  return []
}

function fault({ variable, example }: Setting<unknown>, problem: string): ConfigurationFault {
  return { variable, problem, example }
}
