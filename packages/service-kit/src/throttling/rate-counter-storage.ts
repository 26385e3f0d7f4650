import type { RateCounter } from '@mtls-gateway/coordination'
import type { ThrottlerStorage } from '@nestjs/throttler'

/**
 * The storage of @nestjs/throttler over our rate counter. Its own storage blocks a client for a whole `blockDuration`
 * after the first request too many, which halves one that sends 160 a second; here a refused request costs nothing, and
 * limit and window are the counter's.
 */
export class RateCounterStorage implements ThrottlerStorage {
  readonly #counter: RateCounter

  constructor(counter: RateCounter) {
    this.#counter = counter
  }

  async increment(key: string): ReturnType<ThrottlerStorage['increment']> {
    const { admitted, retryAfterMs } = await this.#counter.admit(key)
    // Milliseconds, though the guard's own storage says seconds: our guard makes the Retry-After of them.
    return { totalHits: 0, timeToExpire: 0, isBlocked: !admitted, timeToBlockExpire: retryAfterMs }
  }
}
