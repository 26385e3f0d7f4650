import type { BulkheadLimits } from '@mtls-gateway/bulkhead'

/** If more than this is held for long, V8 marks the whole heap again and again. */
const share = 16 * 1024 * 1024

/**
 * How the memory for bodies, and the time in which they are read, are divided: an account gets two of the largest, or
 * four of a forwarder's, and there are places for newcomers. Reading a body blocks the event loop, so what an account
 * has used is free again at half of one a second.
 */
export function bodyLimits(maxBodyBytes: number): BulkheadLimits {
  return {
    total: 24 * maxBodyBytes,
    share,
    reserve: 8 * maxBodyBytes,
    cooledPerSecond: maxBodyBytes / 2,
  }
}
