import { collectGarbage, type GarbageReport } from '@mtls-gateway/registry'
import { type Backends, openStore } from '@mtls-gateway/service-kit'
import type { ConfigApiConfiguration } from '../configuration.ts'

/** The configuration with the login of garbage collection in place of config-api's; undefined where there is none. */
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

/** How this service collects garbage; undefined where it may not list what the store has. */
export function garbageCollector(
  configuration: ConfigApiConfiguration,
  { store }: Pick<Backends, 'store'>,
): ((signal: AbortSignal) => Promise<GarbageReport>) | undefined {
  if (configuration.secretStore !== 'vault') return (signal) => collectGarbage({ store, signal })
  const login = withGarbageLogin(configuration)
  return login && ((signal) => collectByItself(login, signal))
}

/** Logged in for as long as it takes. */
async function collectByItself(login: ConfigApiConfiguration, signal: AbortSignal): Promise<GarbageReport> {
  const store = openStore(login)
  try {
    return await collectGarbage({ store, signal })
  } finally {
    await store.close()
  }
}
