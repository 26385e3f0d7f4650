import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { familyCpuMs } from './process-usage.ts'

/** Processor time so far, of all processors together, in milliseconds. */
export interface ProcessorTimes {
  /** Whoever had it, and while nobody did. */
  readonly totalMs: number
  readonly busyMs: number
  /** What this process had, and all that it has started. */
  readonly ownMs: number
}

/** Above this share of all processors for others, verdicts are not to be trusted. */
export const mostForOthers = 0.1
const msPerTick = 10

/**
 * From the first line of /proc/stat (proc(5)). Time of the hypervisor's other guests (steal) is busy time. Interrupts
 * are not: the kernel counts most of those that the load causes for no process.
 */
export function processorTimes(): ProcessorTimes {
  const [, ...ticks] = readFileSync('/proc/stat', 'latin1').split('\n', 1)[0]?.split(/ +/).map(Number) ?? []
  const [user = 0, nice = 0, system = 0, idle = 0, ioWait = 0, irq = 0, softIrq = 0, steal = 0] = ticks
  const busy = user + nice + system + steal
  return {
    totalMs: (busy + idle + ioWait + irq + softIrq) * msPerTick,
    busyMs: busy * msPerTick,
    ownMs: familyCpuMs(process.pid),
  }
}

/** The share of all processors that others had between two readings. */
export function shareOfOthers(before: ProcessorTimes, after: ProcessorTimes): number {
  const totalMs = after.totalMs - before.totalMs
  const othersMs = after.busyMs - before.busyMs - (after.ownMs - before.ownMs)
  // The kernel's times for processes and for processors differ by some ticks.
  return totalMs <= 0 ? 0 : Math.min(1, Math.max(0, othersMs / totalMs))
}

export interface QuietOptions {
  readonly longestSeconds: number
  readonly read?: () => ProcessorTimes
  readonly second?: () => Promise<unknown>
}

/**
 * Waits until others have left the processors alone for a second, but no longer than it may.
 * @returns their share in the last second
 */
export async function untilQuiet(options: QuietOptions): Promise<number> {
  const { longestSeconds, read = processorTimes, second = () => setTimeout(1_000) } = options
  let before = read()
  let others = 0
  for (let waited = 0; waited < longestSeconds; waited++) {
    await second()
    const after = read()
    others = shareOfOthers(before, after)
    if (others <= mostForOthers) break
    before = after
  }
  return others
}

/** What others had of the processors since it was made, and since it was last asked. */
export class OthersMeter {
  readonly #read: () => ProcessorTimes
  readonly #first: ProcessorTimes
  #last: ProcessorTimes

  constructor(read: () => ProcessorTimes = processorTimes) {
    this.#read = read
    this.#first = read()
    this.#last = this.#first
  }

  lap(): number {
    const before = this.#last
    this.#last = this.#read()
    return shareOfOthers(before, this.#last)
  }

  total(): number {
    return shareOfOthers(this.#first, this.#read())
  }
}

/** `others used 38 % of the processors` */
export function othersText(share: number): string {
  return `others used ${Math.round(share * 100)} % of the processors`
}
