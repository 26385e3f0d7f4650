import type { Clock } from '@mtls-gateway/registry'

export interface RepeatedTaskOptions {
  /** The longest pause; the shortest is half of it, so that instances which start together do not stay together. */
  readonly everyMs: number
  /** The longest pause before the first run; `everyMs` unless given. */
  readonly firstWithinMs?: number | undefined
  /** Must not reject. The signal ends it. */
  readonly run: (signal: AbortSignal) => Promise<void>
  readonly clock: Clock
  /** At least 0, below 1. */
  readonly random?: (() => number) | undefined
}

/** Repeats work until the service stops. */
export class RepeatedTask {
  readonly #options: RepeatedTaskOptions
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>

  /** Starts immediately, with a pause. */
  constructor(options: RepeatedTaskOptions) {
    this.#options = options
    this.#running = this.#repeat()
  }

  /** Resolves when the current run has ended. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #repeat(): Promise<void> {
    const { everyMs, firstWithinMs = everyMs, run, clock, random = Math.random } = this.#options
    const { signal } = this.#stopping
    for (let withinMs = Math.min(firstWithinMs, everyMs); ; withinMs = everyMs) {
      await clock.sleep(withinMs * (0.5 + random() / 2), signal)
      if (signal.aborted) return
      await run(signal)
    }
  }
}
