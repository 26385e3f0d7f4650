import { chmodSync, closeSync, existsSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/**
 * Takes a lock that the kernel gives up when this process ends, however it ends; Node has no file locks but SQLite's.
 * The file stays empty.
 * @throws the SQLite error (`isLocked`) if another connection, of any process, still holds it after `waitMs`.
 */
export function lockExclusively(path: string, waitMs: number): { release(): void } {
  createPrivately(path)
  const connection = new DatabaseSync(path, { timeout: waitMs })
  try {
    // In memory: a journal file would lie beside it, and stay after a kill.
    connection.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    connection.close()
    throw error
  }
  return { release: () => connection.close() }
}

/** 5 is SQLITE_BUSY. */
export function isLocked(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5
}

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
