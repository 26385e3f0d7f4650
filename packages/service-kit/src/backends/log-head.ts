import type { HeadEvent } from '@mtls-gateway/secret-store'
import type { Log } from '../logging/log.ts'

const levels = { accepted: 'warn', mismatch: 'error' } as const

/** `store-head-accepted`, `store-head-mismatch` (docs/operations.md). */
export function logHead(log: Log, { kind, ...facts }: HeadEvent): void {
  log[levels[kind]]({ event: `store-head-${kind}`, ...facts })
}
