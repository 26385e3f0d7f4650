import type { ConfigApiConfiguration } from '../configuration/configuration.ts'

/** The configuration with garbage collection's login in place of config-api's; undefined if there is none. */
export function withGarbageLogin(configuration: ConfigApiConfiguration): ConfigApiConfiguration | undefined {
  const { vaultGcRoleId, vaultGcSecretIdFile, vaultGcKubernetesRole } = configuration
  if (vaultGcRoleId === undefined && vaultGcKubernetesRole === undefined) return undefined
  return {
    ...configuration,
    vaultRoleId: vaultGcRoleId,
    vaultSecretIdFile: vaultGcSecretIdFile,
    vaultKubernetesRole: vaultGcKubernetesRole,
    vaultToken: undefined,
  }
}
