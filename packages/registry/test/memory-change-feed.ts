import type { ChangeFeed, ChangeFeedListener, ChangeNotice } from '@mtls-gateway/coordination'

/** A change feed in memory that can refuse notices or tell of a gap. */
export class MemoryChangeFeed implements ChangeFeed {
  readonly appended: ChangeNotice[] = []
  readonly #listeners = new Set<ChangeFeedListener>()
  #isDown = false
  attempts = 0

  goDown(): void {
    this.#isDown = true
  }

  comeBack(): void {
    this.#isDown = false
  }

  async append(notice: ChangeNotice): Promise<void> {
    this.attempts++
    this.#failIfDown()
    this.appended.push(notice)
    for (const listener of this.#listeners) listener.onNotice(notice)
  }

  async follow(listener: ChangeFeedListener): Promise<{ stop(): Promise<void> }> {
    this.#listeners.add(listener)
    return { stop: async () => void this.#listeners.delete(listener) }
  }

  get followers(): number {
    return this.#listeners.size
  }

  tellOfGap(): void {
    for (const listener of this.#listeners) listener.onGap()
  }

  #failIfDown(): void {
    if (this.#isDown) throw new Error('the feed is down')
  }
}
