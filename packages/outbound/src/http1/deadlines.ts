/** By when something must have come. */
export class Deadline {
  /** By `performance.now()`; Infinity while nothing is waited for. */
  at = Number.POSITIVE_INFINITY
  /** With less than this left, in milliseconds, `onShort` is told at each look. */
  shortMs = Number.NEGATIVE_INFINITY
  readonly onLate: () => void
  readonly onShort: () => void

  constructor(onLate: () => void, onShort: () => void = () => {}) {
    this.onLate = onLate
    this.onShort = onShort
  }

  /** @returns now, by `performance.now()` */
  allow(milliseconds: number, shortMs = Number.NEGATIVE_INFINITY): number {
    const now = performance.now()
    this.at = now + milliseconds
    this.shortMs = shortMs
    return now
  }

  stop(): void {
    this.at = Number.POSITIVE_INFINITY
  }
}

const slowestTickMs = 500

/**
 * Time limits of many connections by one timer: to move a deadline costs the writing of a number, where timers would
 * cost each call three of them. What is late is noticed a tick later: a tenth of the shortest limit, half a second at
 * most.
 */
export class Deadlines {
  readonly #watched = new Set<Deadline>()
  readonly #tickMs: number
  #timer: NodeJS.Timeout | undefined

  /** @param shortestMs of the limits that are kept here */
  constructor(shortestMs: number) {
    this.#tickMs = Math.max(1, Math.min(slowestTickMs, shortestMs / 10))
  }

  watch(deadline: Deadline): void {
    this.#watched.add(deadline)
    this.#timer ??= setInterval(() => this.#look(), this.#tickMs).unref()
  }

  forget(deadline: Deadline): void {
    this.#watched.delete(deadline)
    if (this.#watched.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    const now = performance.now()
    for (const deadline of this.#watched) {
      const leftMs = deadline.at - now
      if (leftMs < deadline.shortMs) deadline.onShort()
      if (leftMs < 0) deadline.onLate()
    }
  }
}
