import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessUsage {
  /** Time on a processor so far, in user and kernel mode, in milliseconds. */
  readonly cpuMs: number
  readonly rssMiB: number
}

/** The kernel tells times in ticks of 1/100 s (USER_HZ) and memory in pages. */
const msPerTick = 10
const bytesPerPage = 4_096

/** The usage of a process and everything below it, such as the workers of nginx, read from /proc. */
export function processUsage(pid: number): ProcessUsage {
  const family = familyOf(pid, readStats())
  return {
    cpuMs: family.reduce((sum, { ticks }) => sum + ticks * msPerTick, 0),
    rssMiB: family.reduce((sum, { pages }) => sum + (pages * bytesPerPage) / 1_048_576, 0),
  }
}

/** The time on a processor, in milliseconds, of a process and everything below it, with what has ended there. */
export function familyCpuMs(pid: number): number {
  return familyOf(pid, readStats()).reduce((sum, { ticks, endedTicks }) => sum + (ticks + endedTicks) * msPerTick, 0)
}

interface ProcessStat {
  readonly pid: number
  readonly parent: number
  readonly ticks: number
  /** Those of its children that have ended, and of theirs. */
  readonly endedTicks: number
  readonly pages: number
}

function readStats(): readonly ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)))
}

/** proc(5): the name, in parentheses, may hold blanks. Then come the state, the parent, and the times as 14 to 17. */
function readStat(pid: number): readonly ProcessStat[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
    const [parent = 0, pages = 0] = [fields[1], fields[21]]
    const [user = 0, system = 0, userOfEnded = 0, systemOfEnded = 0] = fields.slice(11, 15)
    return [{ pid, parent, ticks: user + system, endedTicks: userOfEnded + systemOfEnded, pages }]
  } catch {
    // It has ended since the folder was listed.
    return []
  }
}

function familyOf(pid: number, all: readonly ProcessStat[]): readonly ProcessStat[] {
  const own = all.filter((stat) => stat.pid === pid)
  const children = all.filter(({ parent }) => parent === pid)
  return [...own, ...children.flatMap((child) => familyOf(child.pid, all))]
}
