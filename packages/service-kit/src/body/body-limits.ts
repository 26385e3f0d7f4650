import type { BulkheadLimits } from '@mtls-gateway/bulkhead'

/** If bodies hold more than this for long, V8 marks the whole heap again and again. */
const share = 16 * 1024 * 1024

/** Above this nothing is gained. */
export const mostBodyBytes = (maxBodyBytes: number): number => 24 * maxBodyBytes

/** An account's share is then one of the largest bodies. */
export const leastBodyBytes = (maxBodyBytes: number): number => 3 * maxBodyBytes

/**
 * Shares out the memory for bodies and the time to parse them. An account gets two of the largest bodies, or four of a
 * forwarder's (fewer where there is little memory), and some room is kept for accounts that have none. Parsing blocks
 * the event loop, so an account's share is refilled at half a body a second.
 */
export function bodyLimits(maxBodyBytes: number, bytes = mostBodyBytes(maxBodyBytes)): BulkheadLimits {
  const total = Math.min(bytes, mostBodyBytes(maxBodyBytes))
  const reserve = Math.floor(total / 3)
  return {
    total,
    share: Math.min(share, Math.floor((total - reserve) / 2)),
    reserve,
    cooledPerSecond: maxBodyBytes / 2,
  }
}
