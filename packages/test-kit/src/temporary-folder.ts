import { readFileSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'

const inMemory = '/dev/shm'
const enoughBytes = 2 ** 31
/** Programs may be run from there, which containers often forbid. */
const isUsable = /^\S+ \/dev\/shm tmpfs (?!.*\bnoexec\b)/m

/**
 * Where tests and their servers keep files: in `TMPDIR` if that is set, else in memory where the system has room.
 * Stores wait for the disk with each write, which takes a busy one 10 ms.
 */
export function temporaryFolder(): string {
  return process.env.TMPDIR === undefined && hasRoomInMemory() ? inMemory : tmpdir()
}

function hasRoomInMemory(): boolean {
  try {
    if (!isUsable.test(readFileSync('/proc/mounts', 'utf8'))) return false
    const { bavail, bsize } = statfsSync(inMemory)
    return bavail * bsize > enoughBytes
  } catch {
    // Only Linux has these.
    return false
  }
}
