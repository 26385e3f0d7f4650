/** A mean of so many calls, so that to measure it costs nothing. */
const measuredCalls = 64

/**
 * What a call takes of the event loop, by the last ones, whatever they were: one to a target that is not there takes
 * three times as much as one over a kept connection. Those that are refused count as well: a flood of them would make
 * each of the others seem to have taken all of its time.
 */
export class CallCost {
  #ms = 0.1
  #begun = 0
  #activeMs = performance.eventLoopUtilization().active

  /** In milliseconds. */
  get ms(): number {
    return this.#ms
  }

  /** A call has come. */
  count(): void {
    this.#begun += 1
    if (this.#begun < measuredCalls) return
    const { active } = performance.eventLoopUtilization()
    this.#ms = (active - this.#activeMs) / this.#begun
    this.#begun = 0
    this.#activeMs = active
  }
}
