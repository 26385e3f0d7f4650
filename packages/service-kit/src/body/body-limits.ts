import type { BulkheadLimits } from '@mtls-gateway/bulkhead'

/** If bodies hold more than this for long, V8 marks the whole heap again and again. */
const share = 16 * 1024 * 1024

/**
 * Shares out the memory for bodies and the time to parse them. An account gets two of the largest bodies, or four of a
 * forwarder's, and some room is kept for accounts that have none. Parsing blocks the event loop, so an account's share
 * is refilled at half a body a second.
 */
export function bodyLimits(maxBodyBytes: number): BulkheadLimits {
  return {
    total: 24 * maxBodyBytes,
    share,
    reserve: 8 * maxBodyBytes,
    cooledPerSecond: maxBodyBytes / 2,
  }
}
