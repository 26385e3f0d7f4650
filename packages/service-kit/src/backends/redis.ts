import { readFileSync } from 'node:fs'
import type { OnRedisCommand, RedisEvent, RedisServers } from '@mtls-gateway/coordination'
import { Counter, Gauge, type Registry } from 'prom-client'
import type { CoordinationConfiguration } from '../configuration/backend-settings.ts'
import type { Log } from '../logging/log.ts'
import { Repeats } from '../logging/repeats.ts'
import { SlotHistogram, shortBuckets } from '../metrics/fast-metrics.ts'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'

/** Where Redis is, and how to log in there. */
export type RedisConfiguration = Omit<CoordinationConfiguration, 'redisTimeoutMs' | 'nonceOnOutage' | 'singleInstance'>

export function redisServers(configuration: RedisConfiguration): RedisServers {
  const { redisUrls, redisUsername, redisPasswordFile, redisCaFile } = configuration
  const { redisSentinelMaster: master, redisSentinelUsername, redisSentinelPasswordFile } = configuration
  return {
    urls: redisUrls.reveal(),
    ...login(redisUsername, redisPasswordFile),
    ...(master && { sentinels: { master, ...login(redisSentinelUsername, redisSentinelPasswordFile) } }),
    ...(redisCaFile && { ca: readFileSync(redisCaFile, 'utf8') }),
  }
}

function login(username: string | undefined, passwordFile: string | undefined) {
  return passwordFile === undefined ? {} : { login: { passwordFile, ...(username && { username }) } }
}

const repeated = {
  'redis-connect-failed': 'Redis is still down.',
  'redis-login-refused': 'Redis refuses the user. Check user, password and ACL.',
  'redis-late': 'Redis has answered too late for some calls (REDIS_TIMEOUT).',
  'redis-memory-unknown': "The Redis user may not run INFO, so no metric tells of Redis' memory before it is full.",
}

/** Reports outages of Redis, their causes and effects, in metrics and log, and its memory in metrics. */
export function observeRedis(
  log: Log,
  { registry }: ServiceMetrics,
  onClock: (aheadMs: number) => void = () => {},
): (event: RedisEvent) => void {
  const registers = [registry]
  const up = new Gauge({ name: 'redis_up', help: '1 while Redis answers, else 0', registers })
  const events = new Counter({
    name: 'coordination_events_total',
    help: 'What was decided without Redis, and its outages',
    labelNames: ['event'],
    registers,
  })
  const observeMemory = observeRedisMemory(registry)
  const repeats = new Repeats()
  const logSometimes = (event: keyof typeof repeated, reason?: string): void => {
    const times = repeats.due(`${event} ${reason}`)
    if (times !== undefined) log.warn({ event, reason, times }, repeated[event])
  }
  up.set(1)
  return (event) => {
    if (event.type === 'redis-memory') return observeMemory(event)
    if (event.type === 'redis-clock') return onClock(event.aheadMs)
    const { type, ...facts } = event
    events.inc({ event: type })
    if (type in repeated)
      return logSometimes(type as keyof typeof repeated, 'reason' in event ? event.reason : undefined)
    if (type !== 'redis-up' && type !== 'redis-down') return
    up.set(type === 'redis-up' ? 1 : 0)
    log[type === 'redis-up' ? 'info' : 'warn']({ event: type, ...facts })
  }
}

type MemoryEvent = Extract<RedisEvent, { type: 'redis-memory' }>

/** The room that Redis has. Not before the first report: a user without the right to ask would see zeros. */
function observeRedisMemory(registry: Registry): (event: MemoryEvent) => void {
  const gauges = new Map<string, Gauge>()
  const gauge = (name: string, help: string, value: number) => {
    const known = gauges.get(name) ?? new Gauge({ name, help, registers: [registry] })
    gauges.set(name, known)
    known.set(value)
  }
  return ({ usedBytes, maxBytes, policy, evictedKeys }) => {
    const help = 'Memory that Redis uses; in a cluster on the server with the least room'
    gauge('redis_memory_used_bytes', help, usedBytes)
    gauge('redis_memory_max_bytes', 'maxmemory of Redis; 0 if it has none', maxBytes)
    gauge('redis_evicted_keys', 'Keys that Redis has evicted since its start', evictedKeys)
    const evicts = policy !== '' && policy !== 'noeviction'
    gauge('redis_evicts', '1 if maxmemory-policy is another than noeviction, else 0', evicts ? 1 : 0)
  }
}

/** Codes of failures that say something; a server could invent others. */
const reasons = ['TIMEOUT', 'down', 'READONLY', 'OOM', 'NOPERM', 'LOADING', 'CLUSTERDOWN', 'MASTERDOWN', 'other']

export function measureRedis(registry: Registry): OnRedisCommand {
  const times = new SlotHistogram({
    name: 'redis_command_duration_seconds',
    help: 'How long Redis took for a command, or how long its reply was waited for',
    buckets: shortBuckets,
    registry,
  }).series({})
  const errors = new Counter({
    name: 'redis_errors_total',
    help: 'Commands to Redis that failed',
    labelNames: ['reason'],
    registers: [registry],
  })
  for (const reason of reasons) errors.inc({ reason }, 0)
  return (ms, failure) => {
    if (ms !== undefined) times.observe(ms / 1_000)
    if (failure !== undefined) errors.inc({ reason: reasons.includes(failure) ? failure : 'other' })
  }
}
