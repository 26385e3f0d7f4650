import type { BulkheadLimits } from '@mtls-gateway/bulkhead'
import { connectionPlaceLimits } from '@mtls-gateway/outbound'
import { mostTargetConnections } from '@mtls-gateway/service-kit'
import type { MemoryLimits } from './memory-limits.ts'

/** The part of the memory that connections get where targets send little in their handshakes. */
const part = 1 / 2
const usualBytes = 80 * 1024
/** The part that one account gets where its targets send all that they may: OpenSSL keeps most of it. */
const accountPart = 1 / 4
const mostBytes = 576 * 1024

/** @param callsAtOnce of one account: each may need a connection of its own */
export function targetConnectionLimits({ memory }: Pick<MemoryLimits, 'memory'>, callsAtOnce: number): BulkheadLimits {
  const total = Math.min(mostTargetConnections(), Math.floor((memory * part) / usualBytes))
  return connectionPlaceLimits(total, Math.max(callsAtOnce, Math.floor((memory * accountPart) / mostBytes)))
}
