type Facts = Readonly<Record<string, unknown>>

const everyMs = 60_000

/** Logs a fault that is met again and again: the first time, and then once a minute, with how often it was met. */
export class RepeatedFault {
  readonly #log: (facts: Facts) => void
  readonly #now: () => number
  #toldAt = Number.NEGATIVE_INFINITY
  #times = 0

  /** @param log gets the facts of the last time, and `times` since the line before */
  constructor(log: (facts: Facts) => void, now: () => number = () => performance.now()) {
    this.#log = log
    this.#now = now
  }

  tell(facts: Facts): void {
    this.#times += 1
    const now = this.#now()
    if (now - this.#toldAt < everyMs) return
    this.#log({ ...facts, times: this.#times })
    this.#toldAt = now
    this.#times = 0
  }

  /** It is over. The next time is a first one. */
  end(): void {
    this.#toldAt = Number.NEGATIVE_INFINITY
    this.#times = 0
  }
}
