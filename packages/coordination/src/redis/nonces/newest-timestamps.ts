/** The window in which timestamps are taken: an older one is of no use to anybody. */
const windowSeconds = 300

/** About 1 MB. */
const maxAppKeys = 10_000

/** Stands for every app key. */
const everyone = '*'

/**
 * The newest timestamp that was taken of each app key, of those that were ahead of the server's clock. It is all that
 * must outlive a Redis that loses its nonces: the other timestamps are before the loss. A client whose clock is ahead
 * goes on as soon as its clock does, and nobody else waits for it.
 */
export class NewestTimestamps {
  readonly #byAppKey = new Map<string, number>()

  get size(): number {
    return this.#byAppKey.size
  }

  raise(appKey: string, timestamp: number, nowSeconds: number): void {
    const known = this.#byAppKey.get(appKey)
    if (known !== undefined && known >= timestamp) return
    if (known === undefined && this.#byAppKey.size >= maxAppKeys) this.forgetPast(nowSeconds)
    // Too strict rather than too lax: without room for one more, all share the newest.
    const isFull = known === undefined && this.#byAppKey.size >= maxAppKeys
    const name = isFull ? everyone : appKey
    this.#byAppKey.set(name, Math.max(timestamp, this.#byAppKey.get(name) ?? 0))
  }

  /** By this process's clock, which may be behind the server's by as much as the window. */
  forgetPast(nowSeconds: number): void {
    for (const [appKey, timestamp] of this.#byAppKey) {
      if (timestamp < nowSeconds - windowSeconds) this.#byAppKey.delete(appKey)
    }
  }

  entries(): [appKey: string, timestamp: number][] {
    return [...this.#byAppKey]
  }
}
