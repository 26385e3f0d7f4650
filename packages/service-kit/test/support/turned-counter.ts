import type { RateCounter } from '@mtls-gateway/coordination'

/** An exact counter with a clock that the test moves. */
export class TurnedCounter implements RateCounter {
  now = 0
  readonly keys = new Map<string, number[]>()
  readonly #perSecond: number

  constructor(perSecond: number) {
    this.#perSecond = perSecond
  }

  admit(key: string) {
    const times = (this.keys.get(key) ?? []).filter((time) => time > this.now - 1_000)
    const admitted = times.length < this.#perSecond
    if (admitted) times.push(this.now)
    this.keys.set(key, times)
    return { admitted, retryAfterMs: admitted ? 0 : (times[0] ?? 0) + 1_000 - this.now }
  }
}
