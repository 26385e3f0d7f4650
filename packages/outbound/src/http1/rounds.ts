import type { OpenConnection } from '../connect/connection-places.ts'

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

/** A connection that is looked at now and then. */
export interface Watched extends OpenConnection {
  readonly deadline: Deadline
  /** Ends it where its target sends too much that has nothing in it. */
  checkTraffic(): void
}

const longestTickMs = 100
/** How many at each tick: one takes half a microsecond. */
const checkedAtOnce = 500

/**
 * Looks at many connections with one timer. Moving a deadline only writes a number; with timers, each call would need
 * three of them. A deadline that has passed is noticed at the next tick, so up to a tenth of the shortest limit late,
 * and never more than 100 ms.
 */
export class Rounds {
  readonly #watched = new Set<Watched>()
  /** Those whose traffic was not checked in this round. */
  #unchecked = this.#watched.values()
  readonly #tickMs: number
  #timer: NodeJS.Timeout | undefined

  /** @param shortestMs of the limits that are kept here */
  constructor(shortestMs: number) {
    this.#tickMs = Math.max(1, Math.min(longestTickMs, shortestMs / 10))
  }

  get all(): Iterable<OpenConnection> {
    return this.#watched
  }

  watch(connection: Watched): void {
    this.#watched.add(connection)
    this.#timer ??= setInterval(() => this.#look(), this.#tickMs).unref()
  }

  forget(connection: Watched): void {
    this.#watched.delete(connection)
    if (this.#watched.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #look(): void {
    const now = performance.now()
    for (const { deadline } of this.#watched) {
      const leftMs = deadline.at - now
      if (leftMs < deadline.shortMs) deadline.onShort()
      if (leftMs < 0) deadline.onLate()
    }
    for (let checked = 0; checked < checkedAtOnce; checked++) {
      const { done, value: connection } = this.#unchecked.next()
      if (done) {
        this.#unchecked = this.#watched.values()
        return
      }
      connection.checkTraffic()
    }
  }
}
