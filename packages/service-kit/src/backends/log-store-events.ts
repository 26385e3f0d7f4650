import type { StoreEvent } from '@mtls-gateway/secret-store'
import type { Log } from '../logging/log.ts'
import { Repeats } from '../logging/repeats.ts'

/** `store-head-accepted`, `store-head-mismatch`, `store-write-failed`, ... (docs/operations.md). */
export function logStoreEvents(log: Log): (event: StoreEvent) => void {
  const repeats = new Repeats()
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
      case 'write-failed': {
        const times = repeats.due(kind)
        if (times !== undefined) log.error({ event: 'store-write-failed', ...facts, times })
        break
      }
      case 'writable':
        log.info({ event: 'store-writable' })
        repeats.end('write-failed')
        break
    }
  }
}
