import { setTimeout as delay } from 'node:timers/promises'
import { StoreError } from '@mtls-gateway/secret-store'

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

const maxBackOffMs = 1_000

/** The moment until which a caller is kept waiting. */
export class Deadline {
  readonly #clock: Clock
  readonly #at: number

  constructor(clock: Clock, ms: number) {
    this.#clock = clock
    this.#at = clock.now() + ms
  }

  /** 0 once it has passed. */
  get remainingMs(): number {
    return Math.max(0, this.#at - this.#clock.now())
  }

  /** Before the next attempt. Full jitter, so that processes which met once do not meet again. */
  async backOff(firstMs: number, attempt: number): Promise<void> {
    const ms = Math.random() * Math.min(firstMs * 2 ** attempt, maxBackOffMs)
    await this.#clock.sleep(Math.min(ms, this.remainingMs))
  }

  /**
   * The outcome of `work`, if it comes in time. What is late goes on by itself: whether it was done isn't known then.
   * @throws StoreError `unavailable`
   */
  async race<T>(work: Promise<T>): Promise<T> {
    const settled = new AbortController()
    const late = this.#clock.sleep(this.remainingMs, settled.signal).then(() => {
      throw new StoreError('unavailable', 'no answer came in time')
    })
    try {
      return await Promise.race([work, late])
    } finally {
      settled.abort()
    }
  }
}
