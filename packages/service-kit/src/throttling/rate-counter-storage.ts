import type { RateCounter } from '@mtls-gateway/coordination'
import type { ThrottlerStorage } from '@nestjs/throttler'

/**
 * The storage of @nestjs/throttler, on top of our rate counter. Its own storage blocks a client for a whole
 * `blockDuration` after the first request too many, which halves the rate of a client that sends 160 a second. Here a
 * refused request does not count, and limit and window are those of the counter.
 */
export class RateCounterStorage implements ThrottlerStorage {
  readonly #counter: RateCounter

  constructor(counter: RateCounter) {
    this.#counter = counter
  }

  async increment(key: string): ReturnType<ThrottlerStorage['increment']> {
    const { admitted, retryAfterMs } = await this.#counter.admit(key)
    // Milliseconds, where @nestjs/throttler has seconds: our guard makes the Retry-After from them.
    return { totalHits: 0, timeToExpire: 0, isBlocked: !admitted, timeToBlockExpire: retryAfterMs }
  }
}
