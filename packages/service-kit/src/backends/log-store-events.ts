import type { StoreEvent } from '@mtls-gateway/secret-store'
import type { Log } from '../logging/log.ts'
import { RepeatedFault } from '../logging/repeated-fault.ts'

/** `store-head-accepted`, `store-head-mismatch`, `store-write-failed`, ... (docs/operations.md). */
export function logStoreEvents(log: Log): (event: StoreEvent) => void {
  const writeFault = new RepeatedFault((facts) => log.error({ event: 'store-write-failed', ...facts }))
  return ({ kind, ...facts }) => {
    switch (kind) {
      case 'accepted':
        log.warn({ event: 'store-head-accepted', ...facts })
        break
      case 'mismatch':
        log.error({ event: 'store-head-mismatch', ...facts })
        break
      case 'key-exposed':
        log.warn({ event: 'master-key-exposed', ...facts })
        break
      case 'write-failed':
        writeFault.tell(facts)
        break
      case 'writable':
        log.info({ event: 'store-writable' })
        writeFault.end()
        break
    }
  }
}
