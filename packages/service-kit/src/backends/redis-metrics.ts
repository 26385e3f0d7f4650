import type { OnRedisCommand } from '@mtls-gateway/coordination'
import type { Registry } from 'prom-client'
import { shortBuckets } from '../metrics/buckets.ts'
import { readCounter } from '../metrics/read-counter.ts'
import { SlotHistogram } from '../metrics/slot-histogram.ts'

/** Codes of failures that say something; a server could invent others. */
const reasons = ['TIMEOUT', 'down', 'READONLY', 'OOM', 'NOPERM', 'LOADING', 'CLUSTERDOWN', 'MASTERDOWN', 'other']

/** How long Redis takes for commands, and how they fail. */
export function measureRedis(registry: Registry): OnRedisCommand {
  const times = new SlotHistogram({
    name: 'redis_command_duration_seconds',
    help: 'How long Redis took for a command, or how long its reply was waited for',
    buckets: shortBuckets,
    registry,
  }).series({})
  const errors = new Map(reasons.map((reason) => [reason, 0]))
  readCounter({
    name: 'redis_errors_total',
    help: 'Commands to Redis that failed',
    labelNames: ['reason'],
    registry,
    read: () => [...errors].map(([reason, commands]) => [{ reason }, commands] as const),
  })
  return (ms, failure) => {
    if (ms !== undefined) times.observe(ms / 1_000)
    if (failure === undefined) return
    const reason = errors.has(failure) ? failure : 'other'
    errors.set(reason, (errors.get(reason) ?? 0) + 1)
  }
}
