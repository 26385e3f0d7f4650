import { type Coordination, openEmbeddedCoordination } from '@mtls-gateway/coordination'
import { openEmbeddedStore, type SecretReader } from '@mtls-gateway/secret-store'
import type { ForwarderConfiguration } from '../configuration.ts'

/** What outlives the process: the forwarder only reads the store. */
export interface Backends {
  readonly store: SecretReader
  readonly coordination: Coordination
}

/** @throws CodedError `CONFIGURATION_INVALID`, `MASTER_KEY_WRONG`, `COORDINATION_UNAVAILABLE` */
export function openBackends({ dataDir, runtimeDir, masterKey }: ForwarderConfiguration): Backends {
  const store = openEmbeddedStore({ directory: dataDir, masterKey: masterKey?.reveal() })
  const coordination = openEmbeddedCoordination({ directory: runtimeDir ?? dataDir, instance: 'forwarder-api' })
  return { store, coordination }
}

export async function closeBackends({ store, coordination }: Backends): Promise<void> {
  await coordination.close()
  await store.close()
}
