import { setTimeout } from 'node:timers/promises'

/** Each step takes some milliseconds of the event loop, in several pieces. */
const betweenStepsMs = 100
/** A test starts a process, which stops the event loop for 20 ms, and takes 0.3 s of a processor. */
const afterTestMs = 1_000

/**
 * How often an instance begins a step by itself. However many plans are due, most of its time is left to those who call
 * the API: ten thousand renewals may take hours, while somebody waits for an answer.
 */
export class StepPace {
  #freeAt = 0

  /** Until the next step may begin. @throws `AbortError` */
  async turn(signal: AbortSignal): Promise<void> {
    for (let now = performance.now(); now < this.#freeAt; now = performance.now()) {
      await setTimeout(this.#freeAt - now, undefined, { signal })
    }
    this.#freeAt = performance.now() + betweenStepsMs
  }

  /** A test has begun. */
  restAfterTest(): void {
    this.#freeAt = performance.now() + afterTestMs
  }
}
