import type { Compartment } from './compartment.ts'

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
  readonly #giveBack: (compartment: Compartment, units: number) => void
  readonly #timers = new Set<NodeJS.Timeout>()

  constructor(unitsPerSecond: number, giveBack: (compartment: Compartment, units: number) => void) {
    this.#unitsPerMs = unitsPerSecond / 1_000
    this.#giveBack = giveBack
  }

  release(compartment: Compartment, units: number, worth: number): void {
    const now = performance.now()
    compartment.coolsUntil = Math.max(now, compartment.coolsUntil) + worth / this.#unitsPerMs
    const waitMs = Math.min(compartment.coolsUntil - now, longestMs)
    if (waitMs < shortestMs) {
      this.#giveBack(compartment, units)
      return
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#giveBack(compartment, units)
    }, waitMs).unref()
    this.#timers.add(timer)
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}
