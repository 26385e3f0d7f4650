import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The ids of the pool's children of a process. */
export function workersOf(parent: number): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' }).split('\n')
  return lines.flatMap((line) => {
    const [, pid, ppid, args = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return Number(ppid) === parent && /pool\/key-material-worker\.[jt]s/.test(args) ? [Number(pid)] : []
  })
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/\bZ\b/.test(execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }))
  } catch {
    return false
  }
}

/** Processor time that a process has used, in whole seconds. */
export function cpuSeconds(pid: number): number {
  const text = execFileSync('ps', ['-o', 'time=', '-p', String(pid)], { encoding: 'utf8' })
  const [, minutes = '0', seconds = '0'] = /(\d+):(\d\d)(?:\.\d+)?\s*$/.exec(text) ?? []
  return Number(minutes) * 60 + Number(seconds)
}

/** Resident memory in bytes; 0 without proc(5). */
export function residentBytes(pid: number): number {
  try {
    return 1_024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** Waits until a condition holds; the test's own timeout is the bound. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}
