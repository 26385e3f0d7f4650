import type { BulkheadLimits } from '@mtls-gateway/bulkhead'

/** Where more is held for long, V8 marks the whole heap again and again. */
const share = 16 * 1024 * 1024

/**
 * How the memory for bodies is divided, and the time in which they are read: two of the largest for an account, or four
 * of a forwarder's, and places for newcomers. Reading one blocks the event loop, so what an account has used is free
 * again at half of one a second.
 */
export function bodyLimits(maxBodyBytes: number): BulkheadLimits {
  return {
    total: 24 * maxBodyBytes,
    share,
    reserve: 8 * maxBodyBytes,
    cooledPerSecond: maxBodyBytes / 2,
  }
}
