import { timestampWindowSeconds } from '@mtls-gateway/domain'

/** About 1 MB. */
const maxAppKeys = 10_000

/** Stands for every app key. */
const everyone = '*'

/**
 * The newest accepted timestamp of each app key, among those that were ahead of the server's clock. Only these must
 * survive if Redis loses its nonces: all other timestamps are older than the loss. A client whose clock is ahead can
 * continue with its next second, and nobody else has to wait.
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
    // Strict rather than lax: if there is no room for one more, all keys share the newest timestamp.
    const isFull = known === undefined && this.#byAppKey.size >= maxAppKeys
    const name = isFull ? everyone : appKey
    this.#byAppKey.set(name, Math.max(timestamp, this.#byAppKey.get(name) ?? 0))
  }

  /** By this process's clock, which may be behind the server's by as much as the window. */
  forgetPast(nowSeconds: number): void {
    for (const [appKey, timestamp] of this.#byAppKey) {
      if (timestamp < nowSeconds - timestampWindowSeconds) this.#byAppKey.delete(appKey)
    }
  }

  entries(): [appKey: string, timestamp: number][] {
    return [...this.#byAppKey]
  }
}
