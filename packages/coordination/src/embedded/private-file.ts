import { chmodSync, closeSync, existsSync, openSync } from 'node:fs'

/** Makes an empty file of mode 0600 if there is none; SQLite would use 0644. `-wal` and `-shm` take its mode. */
export function createPrivately(path: string): void {
  try {
    // An existing file must not be opened and closed here: that would drop all of this process's locks on it (POSIX).
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (!existsSync(path)) throw error
    chmodSync(path, 0o600)
  }
}
