import type { BulkheadLimits } from '@mtls-gateway/bulkhead'

/**
 * How the memory for bodies is divided, and the time in which they are read: four of the largest for an account, and places for two
 * newcomers at their worst. Reading one blocks the event loop, so what an account has used is free again at half of one a second.
 */
export function bodyLimits(maxBodyBytes: number): BulkheadLimits {
  return {
    total: 24 * maxBodyBytes,
    share: 4 * maxBodyBytes,
    reserve: 8 * maxBodyBytes,
    cooledPerSecond: maxBodyBytes / 2,
  }
}
