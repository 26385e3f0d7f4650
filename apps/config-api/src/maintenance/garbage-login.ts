import type { ConfigApiConfiguration } from '../configuration/configuration.ts'

/** What is off where no login may list the accounts. At Vault, config-api's own may not. */
export function offWithoutListing(configuration: ConfigApiConfiguration): readonly string[] {
  const mayList = configuration.secretStore !== 'vault' || withGarbageLogin(configuration) !== undefined
  return mayList ? [] : ['expiry-metric', 'expiry-webhooks', 'garbage-collection', 'renewal-plans']
}

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
