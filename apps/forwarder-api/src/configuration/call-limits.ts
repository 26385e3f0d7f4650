import type { BulkheadLimits } from '@mtls-gateway/bulkhead'

interface CallSettings {
  readonly maxCalls: number
  readonly accountMaxCalls: number
  readonly accountCallQueue: number
  readonly accountQueueTimeoutMs: number
}

/** A tenth of all calls is kept for accounts that have none in flight. As many may wait, with the same reserve. */
export function callLimits(settings: CallSettings): BulkheadLimits {
  const { maxCalls, accountMaxCalls, accountCallQueue, accountQueueTimeoutMs } = settings
  const all = { total: maxCalls, reserve: reserveOf(maxCalls) }
  const waiting = { ...all, share: accountCallQueue, limitMs: accountQueueTimeoutMs }
  return { ...all, share: accountMaxCalls, waiting: accountCallQueue === 0 ? undefined : waiting }
}

/** The maximum for one account, which leaves a reserve for the others. */
export function largestShareOf(maxCalls: number): number {
  return maxCalls - reserveOf(maxCalls)
}

function reserveOf(maxCalls: number): number {
  return Math.ceil(maxCalls / 10)
}
