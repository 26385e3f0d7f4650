import type { DiskEvent } from '@mtls-gateway/coordination'
import type { Log } from '../logging/log.ts'
import { RepeatedFault } from '../logging/repeated-fault.ts'

/** `coordination-write-failed`, `coordination-writable` (docs/operations.md). */
export function logDiskEvents(log: Log): (event: DiskEvent) => void {
  const fault = new RepeatedFault((facts) => log.error({ event: 'coordination-write-failed', ...facts }))
  return (event) => {
    if (event.kind === 'write-failed') {
      fault.tell({ cause: event.cause })
      return
    }
    log.info({ event: 'coordination-writable' })
    fault.end()
  }
}
