import { type Coordination, openEmbeddedCoordination } from '@mtls-gateway/coordination'
import { openEmbeddedStore, type SecretStore } from '@mtls-gateway/secret-store'
import type { ConfigApiConfiguration } from '../configuration.ts'

/** What outlives the process. */
export interface Backends {
  readonly store: SecretStore
  readonly coordination: Coordination
}

/** @throws CodedError `CONFIGURATION_INVALID`, `MASTER_KEY_WRONG`, `COORDINATION_UNAVAILABLE` */
export function openBackends({ dataDir, runtimeDir, masterKey }: ConfigApiConfiguration): Backends {
  const store = openEmbeddedStore({ directory: dataDir, masterKey: masterKey?.reveal() })
  const coordination = openEmbeddedCoordination({ directory: runtimeDir ?? dataDir, instance: 'config-api' })
  return { store, coordination }
}

export async function closeBackends({ store, coordination }: Backends): Promise<void> {
  await coordination.close()
  await store.close()
}
