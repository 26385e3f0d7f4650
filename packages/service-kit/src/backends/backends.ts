import { type Coordination, openEmbeddedCoordination, openRedisCoordination } from '@mtls-gateway/coordination'
import { openSecretStore, type SecretStore } from '@mtls-gateway/secret-store'
import { Gauge, type Registry } from 'prom-client'
import type { CommonConfiguration } from '../configuration/common-settings.ts'
import type { Log } from '../logging/log.ts'
import { Repeats } from '../logging/repeats.ts'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'
import { measureRedis, observeRedis, type RedisConfiguration, redisServers } from './redis.ts'
import { measuredStore, storeConfig, storeLines } from './store.ts'

/** What outlives a process and what instances share. */
export interface Backends {
  readonly store: SecretStore
  readonly coordination: Coordination
}

interface BackendUser {
  /** The name of the service; the embedded adapters keep its nonces under it. */
  readonly instance: string
  readonly log: Log
  readonly metrics: ServiceMetrics
}

/** A command tells nobody of outages but who runs it. */
type CoordinationUser = Pick<BackendUser, 'instance'> &
  Partial<BackendUser> & { readonly onRedisClock?: (aheadMs: number) => void }

/** How often a service checks the whole embedded store against its head. */
const recheckMs = 5 * 60_000

/** @throws CodedError of `openSecretStore`, `COORDINATION_UNAVAILABLE` */
export async function openBackends(configuration: CommonConfiguration, user: BackendUser): Promise<Backends> {
  const { log, metrics } = user
  const onClock = clockSkew(metrics.registry)
  const store = openSecretStore(storeConfig(configuration), {
    recheckMs,
    onEvent: logEvents(log, storeLines),
    onClock: (aheadMs) => onClock('vault', aheadMs),
  })
  try {
    const onRedisClock = (aheadMs: number) => onClock('redis', aheadMs)
    const coordination = await openCoordination(configuration, { ...user, onRedisClock })
    return { store: measuredStore(store, metrics.registry), coordination }
  } catch (error) {
    await store.close()
    throw error
  }
}

export async function closeBackends({ store, coordination }: Backends): Promise<void> {
  try {
    await coordination.close()
  } finally {
    await store.close()
  }
}

/** @throws CodedError `COORDINATION_UNAVAILABLE` */
export async function openCoordination(
  configuration: RedisConfiguration &
    Pick<CommonConfiguration, 'redisTimeoutMs' | 'nonceOnOutage' | 'runtimeDir' | 'dataDir'>,
  { instance, log, metrics, onRedisClock }: CoordinationUser,
): Promise<Coordination> {
  const { redisTimeoutMs, nonceOnOutage, runtimeDir, dataDir } = configuration
  const servers = redisServers(configuration)
  if (servers.urls.length === 0) {
    const directory = runtimeDir ?? dataDir
    return openEmbeddedCoordination({ directory, instance, ...(log && { onEvent: logEvents(log, coordinationLines) }) })
  }
  return openRedisCoordination({
    ...servers,
    nonceOnOutage,
    deadlineMs: redisTimeoutMs,
    ...(log && metrics && { onEvent: observeRedis(log, metrics, onRedisClock) }),
    ...(metrics && { onCommand: measureRedis(metrics.registry) }),
  })
}

/** Shows how far another clock is ahead of this process's, from the first time that it is told. */
function clockSkew(registry: Registry) {
  const gauge = new Gauge({
    name: 'clock_skew_seconds',
    help: 'How far the clock of a server is ahead of that of this process',
    labelNames: ['against'],
    registers: [registry],
  })
  return (against: 'redis' | 'vault', aheadMs: number) => gauge.set({ against }, aheadMs / 1_000)
}

const coordinationLines = {
  'write-failed': ['error', 'coordination-write-failed'],
  writable: ['info', 'coordination-writable'],
} as const

/** Logs what an embedded adapter tells. That the disk takes no writes is told for each, and logged once a minute. */
function logEvents<Event extends { readonly kind: string }>(
  log: Log,
  lines: Readonly<Record<Event['kind'], readonly ['info' | 'warn' | 'error', string]>>,
): (event: Event) => void {
  const repeats = new Repeats()
  return ({ kind, ...facts }) => {
    const [level, event] = lines[kind as Event['kind']]
    if (kind === 'writable') repeats.end('write-failed')
    const times = kind === 'write-failed' ? repeats.due(kind) : undefined
    if (kind !== 'write-failed' || times !== undefined) log[level]({ event, ...facts, times })
  }
}
