import type { RedisEvent } from '@mtls-gateway/coordination'
import { Gauge, type Registry } from 'prom-client'
import type { Log } from '../logging/log.ts'
import { Repeats } from '../logging/repeats.ts'

type MemoryEvent = Extract<RedisEvent, { type: 'redis-memory' }>

/** The share of `maxmemory` at which to warn: the rest lasts until somebody acts. */
const highShare = 0.8
/** How often a state that lasts is logged. */
const everyMs = 600_000

/** The room that Redis has, in metrics; a warning while it gets short, and while it evicts keys. */
export function observeRedisMemory(log: Log, registry: Registry): (event: MemoryEvent) => void {
  const repeats = new Repeats()
  let gauges: ReturnType<typeof memoryGauges> | undefined
  let evictedBefore: number | undefined
  return ({ usedBytes, maxBytes, policy, evictedKeys }) => {
    // Not before the first report: a user without the right to ask would see zeros.
    gauges ??= memoryGauges(registry)
    gauges.used.set(usedBytes)
    gauges.max.set(maxBytes)
    gauges.evicted.set(evictedKeys)
    const evicts = policy !== '' && policy !== 'noeviction'
    gauges.evicts.set(evicts ? 1 : 0)
    if (maxBytes > 0 && usedBytes >= highShare * maxBytes && repeats.due('high', everyMs)) {
      const percent = Math.floor((100 * usedBytes) / maxBytes)
      log.warn({ event: 'redis-memory-high', usedBytes, maxBytes, percent }, 'At maxmemory, signed calls are refused.')
    }
    if (evicts && repeats.due('policy', everyMs)) {
      const message = 'Evicted nonces can be replayed. Set maxmemory-policy to noeviction.'
      log.warn({ event: 'redis-eviction-policy', policy }, message)
    }
    const evicted = evictedKeys - (evictedBefore ?? evictedKeys)
    evictedBefore = evictedKeys
    if (evicted > 0) log.error({ event: 'redis-evicted', keys: evicted, policy }, 'Redis has evicted keys.')
  }
}

function memoryGauges(registry: Registry) {
  const registers = [registry]
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
  return {
    used: gauge('redis_memory_used_bytes', 'Memory that Redis uses; in a cluster on the server with the least room'),
    max: gauge('redis_memory_max_bytes', 'maxmemory of Redis; 0 if it has none'),
    evicted: gauge('redis_evicted_keys', 'Keys that Redis has evicted since its start'),
    evicts: gauge('redis_evicts', '1 if maxmemory-policy is another than noeviction, else 0'),
  }
}
