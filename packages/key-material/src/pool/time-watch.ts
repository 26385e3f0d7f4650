import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'

export interface TimeLimits {
  /** Processor time for one file, once the child is ready for it. */
  readonly deadlineMs: number
  /** How long it may wait for a processor before it has to make room for others. */
  readonly waitMs: number
}

/** `starved`: because of the machine, not the file. */
export type Overtime = 'deadline' | 'starved'

/** The unit of proc(5) on every platform of Node (USER_HZ). */
const tickMs = 10

/**
 * Calls back once if a process exceeds a limit. Measured by the clock, a harmless file would take too long on a busy
 * machine. Only Linux reports the processor time (proc(5)); on other platforms the clock is used.
 */
export function watchTime(pid: number, limits: TimeLimits, onExceeded: (overtime: Overtime) => void): { stop(): void } {
  const watching = new AbortController()
  // It rejects when it is stopped.
  overtime(pid, limits, watching.signal).then(onExceeded, () => undefined)
  return { stop: () => watching.abort() }
}

async function overtime(pid: number, { deadlineMs, waitMs }: TimeLimits, signal: AbortSignal): Promise<Overtime> {
  const startedAt = performance.now()
  const usedBefore = await processorMs(pid)
  let [leftMs, leftToWaitMs] = [deadlineMs, waitMs]
  while (leftMs > 0) {
    if (leftToWaitMs <= 0) return 'starved'
    await setTimeout(Math.max(tickMs, Math.min(leftMs, leftToWaitMs)), undefined, { signal })
    const used = await processorMs(pid)
    const elapsedMs = performance.now() - startedAt
    const usedMs = used === undefined || usedBefore === undefined ? elapsedMs : used - usedBefore
    leftMs = deadlineMs - usedMs
    leftToWaitMs = waitMs - (elapsedMs - usedMs)
  }
  return 'deadline'
}

/** The processor time of all threads; undefined if it is not known. */
async function processorMs(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined)
  // The second field is a name in parentheses, which may hold anything; user and system time are fields 14 and 15.
  const [user, system] =
    stat
      ?.slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13) ?? []
  return user === undefined || system === undefined ? undefined : (Number(user) + Number(system)) * tickMs
}
