import type { Lane } from './lane.ts'

/**
 * Units due within this time are given back at once and count with what comes next: a timer for few of them is not
 * worth its cost.
 */
const shortestMs = 20

/** The longest delay that a timer takes. */
const longestMs = 2 ** 31 - 1

/**
 * Lets an owner have this many units back per second. For work that takes the service's own time at once, such as
 * parsing: nobody holds it for long, so a share alone bounds nothing.
 */
export class Cooling {
  readonly #unitsPerMs: number
  readonly #giveBack: (lane: Lane, units: number) => void
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(unitsPerSecond: number, giveBack: (lane: Lane, units: number) => void) {
    this.#unitsPerMs = unitsPerSecond / 1_000
    this.#giveBack = giveBack
  }

  release(lane: Lane, units: number, worth: number): void {
    const now = performance.now()
    lane.coolsUntil = Math.max(now, lane.coolsUntil) + worth / this.#unitsPerMs
    const waitMs = Math.min(lane.coolsUntil - now, longestMs)
    if (waitMs < shortestMs) {
      this.#giveBack(lane, units)
      return
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#giveBack(lane, units)
    }, waitMs).unref()
    this.#timers.add(timer)
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}
