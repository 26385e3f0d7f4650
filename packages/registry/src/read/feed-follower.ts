import type { ChangeFeed, ChangeFeedListener } from '@mtls-gateway/coordination'
import type { Clock } from '../time/clock.ts'

const againMs = 1_000

/** Follows the change feed, from the first moment at which that is possible. */
export class FeedFollower {
  readonly #changeFeed: ChangeFeed
  readonly #clock: Clock
  readonly #listener: ChangeFeedListener
  readonly #onUnavailable: (error: unknown) => void
  readonly #stopping = new AbortController()
  #following: { stop(): Promise<void> } | undefined
  #retrying: Promise<void> | undefined

  constructor(
    changeFeed: ChangeFeed,
    clock: Clock,
    listener: ChangeFeedListener,
    onUnavailable: (error: unknown) => void,
  ) {
    this.#changeFeed = changeFeed
    this.#clock = clock
    this.#listener = listener
    this.#onUnavailable = onUnavailable
  }

  /** Resolves after the first attempt, and retries each second if that fails: a forwarder starts without Redis, too. */
  async start(): Promise<void> {
    if (!(await this.#follow())) this.#retrying = this.#retry()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#retrying
    await this.#following?.stop()
  }

  async #follow(): Promise<boolean> {
    try {
      this.#following = await this.#changeFeed.follow(this.#listener)
      return true
    } catch (error) {
      this.#onUnavailable(error)
      return false
    }
  }

  async #retry(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#clock.sleep(againMs, this.#stopping.signal)
      if (this.#stopping.signal.aborted) return
      if (await this.#follow()) {
        // Nobody knows what was missed before.
        this.#listener.onGap()
        return
      }
    }
  }
}
