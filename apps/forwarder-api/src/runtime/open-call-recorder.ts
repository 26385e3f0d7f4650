import { CallRecorder, type Coordination } from '@mtls-gateway/coordination'
import { type Log, Repeats, type ServiceMetrics } from '@mtls-gateway/service-kit'
import { Counter } from 'prom-client'

/** Undefined if `CALL_LOG` is off. */
export function openCallRecorder(
  callLog: 'sampled' | 'failures' | 'off',
  { calls, outcomes }: Coordination,
  log: Log,
  metrics: ServiceMetrics,
): CallRecorder | undefined {
  if (callLog === 'off') return undefined
  const dropped = new Counter({
    name: 'recent_calls_dropped_total',
    help: 'Calls that are missing in the list of recent calls: too many at once (full), or not taken (unavailable)',
    labelNames: ['reason'],
    registers: [metrics.registry],
  })
  for (const reason of ['full', 'unavailable']) dropped.inc({ reason }, 0)
  const repeats = new Repeats()
  return new CallRecorder({
    calls,
    outcomes,
    samples: callLog === 'sampled',
    onDropped: (reason, count, cause) => {
      dropped.inc({ reason }, count)
      const times = repeats.due(reason)
      if (times !== undefined) log.warn({ event: 'recent-calls-dropped', reason, times, err: cause })
    },
  })
}
