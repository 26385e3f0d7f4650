/** More kinds than a service has: a peer that invents some must not fill the memory. */
const maxKinds = 100

/** Thins out lines of a log that repeat while a fault lasts: the first at once, then one a minute. */
export class Repeats {
  readonly #now: () => number
  readonly #kinds = new Map<string, { loggedAt: number; count: number }>()

  /** @param now milliseconds that only go forward */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  /** Undefined if this kind was logged less than `everyMs` ago; otherwise how often it has happened since. */
  due(kind: string, everyMs = 60_000): number | undefined {
    const now = this.#now()
    const known = this.#kinds.get(kind)
    if (known === undefined && this.#kinds.size >= maxKinds) this.#kinds.clear()
    const { loggedAt, count } = known ?? { loggedAt: Number.NEGATIVE_INFINITY, count: 0 }
    const isDue = now - loggedAt >= everyMs
    this.#kinds.set(kind, isDue ? { loggedAt: now, count: 0 } : { loggedAt, count: count + 1 })
    return isDue ? count + 1 : undefined
  }

  /** It is over. The next time is a first one. */
  end(kind: string): void {
    this.#kinds.delete(kind)
  }
}
