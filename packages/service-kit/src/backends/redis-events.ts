import type { RedisEvent } from '@mtls-gateway/coordination'
import { Counter, Gauge } from 'prom-client'
import type { Log } from '../logging/log.ts'
import { Repeats } from '../logging/repeats.ts'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'
import { observeRedisMemory } from './redis-memory-warnings.ts'

const repeated = {
  'redis-connect-failed': 'Redis is still down.',
  'redis-login-refused': 'Redis refuses the user. Check user, password and ACL.',
  'redis-late': 'Redis has answered too late for some calls (REDIS_TIMEOUT).',
  'redis-memory-unknown': "The Redis user may not run INFO, so nobody is warned before Redis' memory is full.",
}

/** Reports outages of Redis, their causes and effects, and its memory, in metrics and log. */
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
  const observeMemory = observeRedisMemory(log, registry)
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
    switch (type) {
      case 'redis-up':
        up.set(1)
        return log.info({ event: type, ...facts })
      case 'redis-down':
        up.set(0)
        return log.warn({ event: type, ...facts })
      case 'redis-connect-failed':
      case 'redis-login-refused':
      case 'redis-memory-unknown':
        return logSometimes(event.type, event.reason)
      case 'redis-late':
        return logSometimes(event.type)
    }
  }
}
