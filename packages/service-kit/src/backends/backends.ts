import { type Coordination, openEmbeddedCoordination, openRedisCoordination } from '@mtls-gateway/coordination'
import { openSecretStore, type SecretStore } from '@mtls-gateway/secret-store'
import type { CommonConfiguration } from '../configuration/common-settings.ts'
import type { Log } from '../logging/log.ts'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'
import { logDiskEvents } from './log-disk-events.ts'
import { logStoreEvents } from './log-store-events.ts'
import { observeRedis } from './redis-events.ts'
import { redisServers } from './redis-servers.ts'
import { storeConfig } from './store-config.ts'

/** What outlives a process and what instances share. */
export interface Backends {
  readonly store: SecretStore
  readonly coordination: Coordination
}

export interface BackendUser {
  /** The name of the service; the embedded adapters keep its nonces under it. */
  readonly instance: string
  readonly log: Log
  readonly metrics: ServiceMetrics
}

/** How often a service checks the whole embedded store against its head. */
const recheckMs = 5 * 60_000

/** @throws CodedError of `openSecretStore`, `COORDINATION_UNAVAILABLE` */
export async function openBackends(configuration: CommonConfiguration, user: BackendUser): Promise<Backends> {
  const store = openSecretStore(storeConfig(configuration), { recheckMs, onEvent: logStoreEvents(user.log) })
  try {
    return { store, coordination: await openCoordination(configuration, user) }
  } catch (error) {
    await store.close()
    throw error
  }
}

export async function closeBackends({ store, coordination }: Backends): Promise<void> {
  await coordination.close()
  await store.close()
}

async function openCoordination(configuration: CommonConfiguration, user: BackendUser): Promise<Coordination> {
  const { redisTimeoutMs, nonceOnOutage, runtimeDir, dataDir } = configuration
  const servers = redisServers(configuration)
  if (servers.urls.length === 0) {
    const onEvent = logDiskEvents(user.log)
    return openEmbeddedCoordination({ directory: runtimeDir ?? dataDir, instance: user.instance, onEvent })
  }
  return openRedisCoordination({
    ...servers,
    nonceOnOutage,
    deadlineMs: redisTimeoutMs,
    onEvent: observeRedis(user.log, user.metrics),
  })
}
