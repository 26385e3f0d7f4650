import { type ConfigurationFault, type Setting, secretFilePath, text } from '@mtls-gateway/service-kit'

/** A second login at Vault, for what config-api's own may not do. */
export interface RoleLoginSettings {
  readonly roleId: Setting<string | undefined>
  readonly secretIdFile: Setting<string | undefined>
  readonly kubernetesRole: Setting<string | undefined>
}

/** The values of a configuration. Those that are invalid on their own are left out. */
export interface RoleLoginValues {
  readonly roleId: string | undefined
  readonly secretIdFile: string | undefined
  readonly isSecretIdFileFaulty: boolean
  readonly kubernetesRole: string | undefined
}

/** @param who completes the sentence "Role id of the AppRole by which"; `name` is the role's */
export function roleLoginSettings(prefix: string, name: string, who: string): RoleLoginSettings {
  return {
    roleId: text(`${prefix}_ROLE_ID`, { example: '6c2f...', meaning: `Role id of the AppRole by which ${who}.` }),
    secretIdFile: secretFilePath(`${prefix}_SECRET_ID_FILE`, {
      example: `/run/secrets/vault-${name}-secret-id`,
      meaning: `File of the secret id of ${prefix}_ROLE_ID; read at each login.`,
    }),
    kubernetesRole: text(`${prefix}_KUBERNETES_ROLE`, {
      example: name,
      meaning: `Instead of ${prefix}_ROLE_ID: role to log in by as a Kubernetes service account.`,
    }),
  }
}

/** No login, or exactly one. */
export function roleLoginFaults(
  { roleId, secretIdFile, kubernetesRole }: RoleLoginSettings,
  values: RoleLoginValues,
): readonly ConfigurationFault[] {
  if (values.roleId !== undefined && values.kubernetesRole !== undefined) {
    return [fault(roleId, `is given beside ${kubernetesRole.variable}: only one of them may be`)]
  }
  if (values.roleId !== undefined && values.secretIdFile === undefined && !values.isSecretIdFileFaulty) {
    return [fault(secretIdFile, `is required together with ${roleId.variable}`)]
  }
  if (values.roleId === undefined && values.secretIdFile !== undefined) {
    return [fault(roleId, `is required together with ${secretIdFile.variable}`)]
  }
  return []
}

function fault({ variable, example }: Setting<unknown>, problem: string): ConfigurationFault {
  return { variable, problem, example }
}
