import type { DiskEvent } from '@mtls-gateway/coordination'
import type { Log } from '../logging/log.ts'
import { Repeats } from '../logging/repeats.ts'

/** `coordination-write-failed`, `coordination-writable` (docs/operations.md). */
export function logDiskEvents(log: Log): (event: DiskEvent) => void {
  const repeats = new Repeats()
  return (event) => {
    if (event.kind === 'write-failed') {
      const times = repeats.due('write-failed')
      if (times !== undefined) log.error({ event: 'coordination-write-failed', cause: event.cause, times })
      return
    }
    log.info({ event: 'coordination-writable' })
    repeats.end('write-failed')
  }
}
