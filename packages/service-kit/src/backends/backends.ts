import { readFileSync } from 'node:fs'
import { type Coordination, openEmbeddedCoordination, openRedisCoordination } from '@mtls-gateway/coordination'
import { openSecretStore, type SecretStore } from '@mtls-gateway/secret-store'
import type { CommonConfiguration } from '../configuration/common-settings.ts'
import type { Log } from '../logging/log.ts'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'
import { logDiskEvents } from './log-disk-events.ts'
import { logStoreEvents } from './log-store-events.ts'
import { observeRedis } from './redis-events.ts'
import { redisLogins } from './redis-logins.ts'
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

/** A command tells nobody of outages but who runs it. */
type CoordinationUser = Pick<BackendUser, 'instance'> & Partial<BackendUser>

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

/** @throws CodedError `COORDINATION_UNAVAILABLE` */
export async function openCoordination(
  configuration: CommonConfiguration,
  { instance, log, metrics }: CoordinationUser,
): Promise<Coordination> {
  const { redisUrls, redisTimeoutMs, redisCaFile, nonceOnOutage, runtimeDir, dataDir } = configuration
  const urls = redisUrls.reveal()
  if (urls.length === 0) {
    const directory = runtimeDir ?? dataDir
    return openEmbeddedCoordination({ directory, instance, ...(log && { onEvent: logDiskEvents(log) }) })
  }
  return openRedisCoordination({
    urls,
    nonceOnOutage,
    deadlineMs: redisTimeoutMs,
    ...(log && metrics && { onEvent: observeRedis(log, metrics) }),
    ...redisLogins(configuration),
    ...(redisCaFile === undefined ? {} : { tls: { ca: readFileSync(redisCaFile, 'utf8') } }),
  })
}
