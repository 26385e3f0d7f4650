/** More kinds than a service has: a peer that invents some must not fill the memory. */
const maxKinds = 100

/** Thins out lines of a log that repeat while a fault lasts. */
export class Repeats {
  readonly #kinds = new Map<string, { loggedAt: number; count: number }>()

  /** Undefined if this kind was logged less than `everyMs` ago; otherwise how often it has happened since. */
  due(kind: string, everyMs: number): number | undefined {
    const now = performance.now()
    const known = this.#kinds.get(kind)
    if (known === undefined && this.#kinds.size >= maxKinds) this.#kinds.clear()
    const { loggedAt, count } = known ?? { loggedAt: Number.NEGATIVE_INFINITY, count: 0 }
    const isDue = now - loggedAt >= everyMs
    this.#kinds.set(kind, isDue ? { loggedAt: now, count: 0 } : { loggedAt, count: count + 1 })
    return isDue ? count + 1 : undefined
  }
}
