import { closeSync, openSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CodedError } from '@mtls-gateway/domain'
import { isBusy } from '../sqlite-error.ts'

const lockName = 'backup.lock'

/**
 * Holds a data directory for one backup or restore, which services do not need: two at once would remove each other's
 * unfinished files. The kernel gives the lock up when this process ends, however it ends; Node has no file locks but
 * SQLite's.
 * @param directory is there
 * @throws CodedError `CONFIGURATION_INVALID`: another process has it
 */
export function lockDirectory(directory: string): { release(): void } {
  const path = join(directory, lockName)
  // Whoever has the lock removes the file, so a process that has opened it just before would lock a file without name.
  for (;;) {
    makeFile(path)
    const before = fileAt(path)
    if (before === undefined) continue
    const connection = lockFile(path, directory)
    if (connection === undefined) continue
    if (fileAt(path) === before) return { release: () => release(connection, path) }
    connection.close()
  }
}

function release(connection: DatabaseSync, path: string): void {
  rmSync(path, { force: true })
  connection.close()
}

/** Undefined: the file was removed meanwhile. */
function lockFile(path: string, directory: string): DatabaseSync | undefined {
  let connection: DatabaseSync | undefined
  try {
    connection = new DatabaseSync(path, { timeout: 0 })
    // In memory: a journal file would lie beside it, and stay after a kill.
    connection.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    return connection
  } catch (error) {
    connection?.close()
    if (fileAt(path) === undefined) return undefined
    if (!isBusy(error)) throw error
    const advice = 'Wait until it has ended, and run this again.'
    throw new CodedError('CONFIGURATION_INVALID', `Another backup or restore uses ${directory}. ${advice}`)
  }
}

function makeFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/** Which file that is: one that is open keeps its number. */
function fileAt(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats && `${stats.dev}:${stats.ino}`
}
