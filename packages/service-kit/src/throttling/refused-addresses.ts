import type { RateCounter, RateDecision } from '@mtls-gateway/coordination'
import { andThen, type MaybePromise } from '@mtls-gateway/event-loop'

/** Beyond as many the oldest is forgotten, whose requests are then counted again. */
const mostKeys = 10_000

/**
 * A rate counter that knows until when it would refuse a caller: whoever floods is told so before anything else is done
 * with its requests.
 */
export class RefusedAddresses implements RateCounter {
  readonly #counter: RateCounter
  readonly #now: () => number
  readonly #until = new Map<string, number>()

  /** @param now milliseconds on a clock that never goes back */
  constructor(counter: RateCounter, now: () => number = () => performance.now()) {
    this.#counter = counter
    this.#now = now
  }

  /** Nobody is refused: nearly always. */
  get isEmpty(): boolean {
    return this.#until.size === 0
  }

  admit(key: string): MaybePromise<RateDecision> {
    return andThen(this.#counter.admit(key), (decision) => {
      if (!decision.admitted) this.#note(key, decision.retryAfterMs)
      return decision
    })
  }

  /** For as long as its requests would be refused; 0 if the counter is to be asked. */
  waitMs(key: string): number {
    const until = this.#until.get(key)
    if (until === undefined) return 0
    const waitMs = until - this.#now()
    if (waitMs > 0) return waitMs
    this.#until.delete(key)
    return 0
  }

  #note(key: string, retryAfterMs: number): void {
    this.#until.delete(key)
    this.#until.set(key, this.#now() + retryAfterMs)
    const [oldest] = this.#until.size > mostKeys ? this.#until.keys() : []
    if (oldest !== undefined) this.#until.delete(oldest)
  }
}
