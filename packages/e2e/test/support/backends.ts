import { cp } from 'node:fs/promises'
import type { SecretStore } from '@mtls-gateway/secret-store'
import { EmbeddedBackends } from './embedded-backends.ts'
import { ProductionBackends, patient } from './production-backends.ts'
import { readVaultContents } from './stored-values.ts'
import { vaultOfTheRun } from './vault-of-the-run.ts'

export type Env = Readonly<Record<string, string>>
export type ServiceName = 'config-api' | 'forwarder-api'

/** Where the services of a system keep what they keep, and who issues their Bearer tokens. */
export interface Backends {
  env(service: ServiceName): Env
  /** How the prober reaches keys and is known to config-api; undefined where config-api starts its own processes. */
  readonly prober: Env | undefined
  /** More settings of config-api, with which its change notices reach no forwarder. */
  readonly unheard: Env
  /** @param subject whose it is; always the same unless given */
  token(accounts: readonly string[], scopes: readonly string[], subject?: string): Promise<string>
  /** The store, to be looked at and changed behind the services' backs. The caller closes it. */
  openStore(): SecretStore
  /** To be called once the services run: all that is signed well is taken from then on. */
  ready(): Promise<void>
  close(): Promise<void>
}

/** Whether this run of a file is the one on Vault and Redis; jest.config.js says which files have one. */
export function isOnProduction(): boolean {
  return process.env.E2E_BACKENDS === 'production'
}

/**
 * Fresh ones of the kind that this run is on; those that are files are in `directory`.
 * @param data a folder of `test/fixtures` with what a release has stored, which they begin with
 */
export async function openBackends(directory: string, data?: string): Promise<Backends> {
  if (!isOnProduction()) {
    if (data !== undefined) await cp(data, directory, { recursive: true })
    return new EmbeddedBackends(directory)
  }
  const backends = await ProductionBackends.open(vaultOfTheRun(), patient)
  if (data !== undefined) await backends.mount.fill(await readVaultContents(data))
  return backends
}
