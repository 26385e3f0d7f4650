import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { syncDirectory } from './sync-directory.ts'

/*
 * A file that lies beside a new `master.key` until the store has begun. It tells a first start, also one that was cut
 * short, from a store that was lost: a master key without a store is all that is left in both cases.
 */
const pathIn = (directory: string) => join(directory, 'first-start')

/** Before the master key is made. On disk on return. */
export function announceFirstStart(directory: string): void {
  writeFileSync(pathIn(directory), '', { mode: 0o600, flush: true })
  syncDirectory(directory)
}

export function isFirstStart(directory: string): boolean {
  return existsSync(pathIn(directory))
}

/** Once the store has begun, by whichever process. */
export function endFirstStart(directory: string): void {
  rmSync(pathIn(directory), { force: true })
}
