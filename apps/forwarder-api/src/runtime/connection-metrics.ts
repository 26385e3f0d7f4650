import type { ConnectionPhase, ConnectionWatch } from '@mtls-gateway/outbound'
import { durationBuckets, readCounter, type ServiceMetrics, SlotHistogram, type Slots } from '@mtls-gateway/service-kit'

/** How long new connections to targets take, phase by phase; never to which. */
export function watchConnections({ registry }: ServiceMetrics): ConnectionWatch {
  const histogram = new SlotHistogram({
    name: 'target_connection_seconds',
    help: 'How long each phase of a new connection took that has succeeded',
    labelNames: ['phase'],
    buckets: durationBuckets,
    registry,
  })
  const phases: Record<ConnectionPhase, Slots<'phase'>> = {
    resolve: histogram.series({ phase: 'resolve' }),
    connect: histogram.series({ phase: 'connect' }),
    turn: histogram.series({ phase: 'turn' }),
    handshake: histogram.series({ phase: 'handshake' }),
  }
  const outcomes = { opened: 0, failed: 0 }
  readCounter({
    name: 'target_connections_total',
    help: 'New connections to targets, by whether they were opened',
    labelNames: ['outcome'],
    registry,
    read: () => Object.entries(outcomes).map(([outcome, count]) => [{ outcome }, count] as const),
  })
  return {
    passed: (phase, ms) => phases[phase].observe(ms / 1_000),
    ended: (isOpen) => {
      outcomes[isOpen ? 'opened' : 'failed'] += 1
    },
  }
}
