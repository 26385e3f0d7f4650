import type { ConnectionWatch, OpeningTimes } from '@mtls-gateway/outbound'
import { durationBuckets, readCounter, type ServiceMetrics, SlotHistogram } from '@mtls-gateway/service-kit'

/** How long new connections to targets take, phase by phase; never to which. */
export function watchConnections({ registry }: ServiceMetrics): ConnectionWatch {
  const histogram = new SlotHistogram({
    name: 'target_connection_seconds',
    help: 'How long each phase of a new connection took that has succeeded',
    labelNames: ['phase'],
    buckets: durationBuckets,
    registry,
  })
  const series = (['resolve', 'connect', 'turn', 'handshake'] as const).map((phase) => histogram.series({ phase }))
  const outcomes = { opened: 0, failed: 0 }
  readCounter({
    name: 'target_connections_total',
    help: 'New connections to targets, by whether they were opened',
    labelNames: ['outcome'],
    registry,
    read: () => Object.entries(outcomes).map(([outcome, count]) => [{ outcome }, count] as const),
  })
  return {
    ended: (isOpen, times) => {
      outcomes[isOpen ? 'opened' : 'failed'] += 1
      const ends = endsOf(isOpen, times)
      for (const [index, slots] of series.entries()) {
        const [began, ended] = [ends[index], ends[index + 1]]
        if (began !== undefined && ended !== undefined) slots.observe((ended - began) / 1_000)
      }
    },
  }
}

/** Where one phase ends and the next begins; undefined from where the attempt failed. */
function endsOf(
  isOpen: boolean,
  { startedAt, lookedUpAt, connectedAt, handshakeAt, endedAt }: OpeningTimes,
): readonly (number | undefined)[] {
  return [startedAt, lookedUpAt, connectedAt, handshakeAt, isOpen ? endedAt : undefined]
}
