import { setTimeout as delay } from 'node:timers/promises'

/** Where time comes from, so that five minutes pass in a test without waiting for them. */
export interface Clock {
  /** Milliseconds, monotonic: only differences mean anything. */
  now(): number
  /** Resolves after `ms`, or at once when `signal` is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, signal === undefined ? {} : { signal })
    } catch (error) {
      if (!signal?.aborted) throw error
    }
  },
}
