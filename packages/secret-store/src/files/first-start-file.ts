import { randomUUID } from 'node:crypto'
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { syncDirectory } from './sync-directory.ts'

/**
 * The content of a file that is made once, on first start, by whichever process comes first: all of them get the same
 * bytes, also after a kill or a power failure at any moment. `make` may be called in vain, by the losers of the race.
 * A new file has mode 0600; the mode of one that is already there is left alone.
 *
 * @throws the error of `node:fs` where the file can't be made or read
 */
export function readOrCreateFile(path: string, make: () => Uint8Array): Uint8Array {
  if (!existsSync(path)) publish(path, make())
  return readFileSync(path)
}

/** Complete and on disk before it has its name; link() never replaces what is there, as rename() would. */
function publish(path: string, content: Uint8Array): void {
  const temporary = `${path}.${randomUUID()}.tmp`
  try {
    writeFileSync(temporary, content, { flag: 'wx', mode: 0o600, flush: true })
    linkUnlessThere(temporary, path)
    syncDirectory(dirname(path))
  } finally {
    rmSync(temporary, { force: true })
  }
}

/** Unlike a rename it never replaces what is there; false if something is. */
export function linkUnlessThere(existing: string, path: string): boolean {
  try {
    linkSync(existing, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  }
}
