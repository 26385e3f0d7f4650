import type { RedisEvent } from '@mtls-gateway/coordination'
import { Counter, Gauge } from 'prom-client'
import type { Log } from '../logging/log.ts'
import { Repeats } from '../logging/repeats.ts'
import type { ServiceMetrics } from '../metrics/service-metrics.ts'

/** A line of each fault that repeats. */
const everyMs = 60_000

const repeated = {
  'redis-late': 'Redis has answered too late for some calls (REDIS_TIMEOUT).',
}

/** Reports outages of Redis, and their effects, in metrics and log. */
export function observeRedis(log: Log, { registry }: ServiceMetrics): (event: RedisEvent) => void {
  const registers = [registry]
  const up = new Gauge({ name: 'redis_up', help: '1 while Redis answers, else 0', registers })
  const events = new Counter({
    name: 'coordination_events_total',
    help: 'What was decided without Redis, and its outages',
    labelNames: ['event'],
    registers,
  })
  const repeats = new Repeats()
  const logSometimes = (event: keyof typeof repeated, reason?: string): void => {
    const times = repeats.due(`${event} ${reason}`, everyMs)
    if (times !== undefined) log.warn({ event, reason, times }, repeated[event])
  }
  up.set(1)
  return (event) => {
    events.inc({ event: event.type })
    if (event.type === 'redis-late') return logSometimes(event.type)
    if (event.type !== 'redis-down' && event.type !== 'redis-up') return
    up.set(event.type === 'redis-up' ? 1 : 0)
    log[event.type === 'redis-up' ? 'info' : 'warn']({ ...event, event: event.type, type: undefined })
  }
}
