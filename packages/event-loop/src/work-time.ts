/** Below it the clock alone tells: Linux tells the time of a thread on the processor to 4 ms. */
const shortMs = 8

/**
 * How much of the event loop's time some work has taken. When it takes long, only processor time counts: a container
 * that has used up its CPU quota stands still for a tenth of a second.
 */
export class WorkTime {
  #doneMs = 0
  #isGoingOn = false
  #began = 0
  #processorMs = 0

  /** In milliseconds, with what goes on. */
  get ms(): number {
    return this.#doneMs + this.goingOnMs
  }

  /** How long what goes on has taken, in milliseconds. */
  get goingOnMs(): number {
    return this.#isGoingOn ? this.#sinceBegin() : 0
  }

  begin(): void {
    this.#isGoingOn = true
    this.#processorMs = processorMs()
    this.#began = performance.now()
  }

  end(): void {
    this.#doneMs += this.#sinceBegin()
    this.#isGoingOn = false
  }

  #sinceBegin(): number {
    const ms = performance.now() - this.#began
    return ms <= shortMs ? ms : Math.min(ms, Math.max(shortMs / 2, processorMs() - this.#processorMs))
  }
}

function processorMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}
