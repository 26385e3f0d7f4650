import { readFileSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'

/** Used if the platform does not say how many a process may have. */
const usualLimit = 16_384
const opened = '/proc/self/fd'

/** File descriptors that this process may open. Node raises the soft limit to the hard one at its start. */
export function descriptorLimit(): number {
  try {
    const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return Number(soft ?? usualLimit)
  } catch {
    // Not on Linux.
    return usualLimit
  }
}

/** How many are open; undefined where the platform does not say. All of them, if none is left to find that out. */
export async function openDescriptors(): Promise<number | undefined> {
  try {
    // Linux 6.2 and later has their number at hand. Listing 16,384 of them takes 10 ms.
    const { size } = statSync(opened)
    return size > 0 ? size : (await readdir(opened)).length
  } catch (error) {
    const isOut = error instanceof Error && 'code' in error && (error.code === 'EMFILE' || error.code === 'ENFILE')
    return isOut ? Number.POSITIVE_INFINITY : undefined
  }
}
