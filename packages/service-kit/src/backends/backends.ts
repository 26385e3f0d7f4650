import { type Coordination, openEmbeddedCoordination, openRedisCoordination } from '@mtls-gateway/coordination'
import { openSecretStore, type SecretStore } from '@mtls-gateway/secret-store'
import type { CommonConfiguration } from '../configuration/common-settings.ts'
import type { Log } from '../logging/log.ts'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'
import { ClockSkew } from './clock-skew.ts'
import { logDiskEvents } from './log-disk-events.ts'
import { logStoreEvents } from './log-store-events.ts'
import { MeasuredStore } from './measured-store.ts'
import { observeRedis } from './redis-events.ts'
import { measureRedis } from './redis-metrics.ts'
import { type RedisConfiguration, redisServers } from './redis-servers.ts'
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

/** What coordination needs to know. */
export type CoordinationConfiguration = RedisConfiguration &
  Pick<CommonConfiguration, 'redisTimeoutMs' | 'nonceOnOutage' | 'runtimeDir' | 'dataDir'>

/** A command tells nobody of outages but who runs it. */
type CoordinationUser = Pick<BackendUser, 'instance'> & Partial<BackendUser> & { readonly skew?: ClockSkew }

/** How often a service checks the whole embedded store against its head. */
const recheckMs = 5 * 60_000

/** @throws CodedError of `openSecretStore`, `COORDINATION_UNAVAILABLE` */
export async function openBackends(configuration: CommonConfiguration, user: BackendUser): Promise<Backends> {
  const { log, metrics } = user
  const skew = new ClockSkew(metrics.registry)
  const store = openSecretStore(storeConfig(configuration), {
    recheckMs,
    onEvent: logStoreEvents(log),
    onClock: skew.of('vault'),
  })
  try {
    const coordination = await openCoordination(configuration, { ...user, skew })
    return { store: new MeasuredStore(store, metrics.registry), coordination }
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
  configuration: CoordinationConfiguration,
  { instance, log, metrics, skew }: CoordinationUser,
): Promise<Coordination> {
  const { redisTimeoutMs, nonceOnOutage, runtimeDir, dataDir } = configuration
  const servers = redisServers(configuration)
  if (servers.urls.length === 0) {
    const directory = runtimeDir ?? dataDir
    return openEmbeddedCoordination({ directory, instance, ...(log && { onEvent: logDiskEvents(log) }) })
  }
  return openRedisCoordination({
    ...servers,
    nonceOnOutage,
    deadlineMs: redisTimeoutMs,
    ...(log && metrics && { onEvent: observeRedis(log, metrics, skew?.of('redis')) }),
    ...(metrics && { onCommand: measureRedis(metrics.registry) }),
  })
}
