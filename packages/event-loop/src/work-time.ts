/** Below it the clock alone tells: Linux tells the time of a thread on the processor to 4 ms. */
const shortMs = 8

/**
 * How much of the event loop's time some work has taken since this was made. When it takes long, only processor time
 * counts: a container that has used up its CPU quota stands still for a tenth of a second.
 */
export class WorkTime {
  readonly #processorMs = processorMs()
  readonly #began = performance.now()

  get ms(): number {
    const ms = performance.now() - this.#began
    return ms <= shortMs ? ms : Math.min(ms, Math.max(shortMs / 2, processorMs() - this.#processorMs))
  }
}

function processorMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}
