import type { KeyObject } from 'node:crypto'
import { renameSync } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { syncDirectory } from '../../files/sync-directory.ts'
import { isKeyOf, keyFiles, keyIn } from '../encryption/master-key.ts'
import { HeadFile } from './head-file.ts'
import { HeadKeeper } from './head-keeper.ts'
import { headKeys } from './head-keys.ts'
import { mismatchOf } from './mismatch.ts'

/**
 * Makes `secrets.head` anew under the next key, once everything in the database is sealed under it. It must have been
 * sound under the current one: otherwise it stays as it is, and whoever checks the store finds it.
 */
export function takeOverHeadFile(database: DatabaseSync, directory: string, current: KeyObject, next: KeyObject): void {
  const keeper = new HeadKeeper(database, directory, headKeys(next))
  keeper.inTransaction(() => {
    const { head, note } = keeper.find()
    if (note !== 'damaged' || typeof head !== 'object') return
    const before = new HeadFile(join(directory, 'secrets.head'), headKeys(current).file).read()
    // The head has another digest now, and is a write ahead.
    if (mismatchOf({ head, note: before }) === undefined) keeper.writeFile()
  })
}

/** `master.key.next` becomes `master.key`; another process may have done that. */
export function promoteNextKey(directory: string): void {
  try {
    renameSync(join(directory, keyFiles.next), join(directory, keyFiles.current))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  syncDirectory(directory)
}

/**
 * The key of the database, if it is not the one that was current when somebody looked last: a rotation was made, or cut
 * short, and is brought to its end here.
 * @returns undefined if the key is none of those in the directory
 */
export function keyAfterRotation(database: DatabaseSync, directory: string, before: KeyObject): KeyObject | undefined {
  const [nextPath, currentPath] = [join(directory, keyFiles.next), join(directory, keyFiles.current)]
  // In this order: if it is renamed in between, the second has it.
  const next = keyIn(nextPath)
  if (next !== undefined && isKeyOf(database, next)) {
    takeOverHeadFile(database, directory, before, next)
    promoteNextKey(directory)
    return next
  }
  const current = keyIn(currentPath)
  if (current === undefined || current.equals(before) || !isKeyOf(database, current)) return undefined
  takeOverHeadFile(database, directory, before, current)
  return current
}
