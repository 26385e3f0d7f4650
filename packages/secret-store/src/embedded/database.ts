import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { DatabaseFormat } from './format/database-format.ts'
import { isBusy } from './sqlite-error.ts'

/**
 * How long a call waits for another process's write, in milliseconds. It blocks the event loop, so it is no longer
 * than a slow disk needs; readers never wait for a writer (WAL).
 */
const busyTimeoutMs = 2000

/**
 * FULL: a write that was answered is on disk, NORMAL would lose the last ones in a power failure. secure_delete: what
 * is purged or replaced is overwritten, not just marked as free.
 */
const pragmas = 'PRAGMA synchronous = FULL; PRAGMA secure_delete = ON'

const tables = `
  CREATE TABLE IF NOT EXISTS secrets (
    path TEXT NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    written_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS key_check (id INTEGER PRIMARY KEY CHECK (id = 1), sealed BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS head (id INTEGER PRIMARY KEY CHECK (id = 1), sealed BLOB NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS write_check (id INTEGER PRIMARY KEY CHECK (id = 1), zeros BLOB NOT NULL) STRICT`

/**
 * Opens the database, or makes it; any number of processes may do so at once.
 * @throws the errors of fs and SQLite; CodedError `STORE_NEWER`
 */
export function openDatabase(path: string): DatabaseSync {
  createPrivately(path)
  const database = new DatabaseSync(path, { timeout: busyTimeoutMs })
  try {
    new DatabaseFormat(database).check()
    switchToWal(database)
    database.exec(pragmas)
    makeSchema(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** To find out whether the disk takes that much. @throws the error of SQLite */
export function writeAndDelete(database: DatabaseSync, bytes: number): void {
  database.prepare('INSERT OR REPLACE INTO write_check (id, zeros) VALUES (1, zeroblob(?))').run(bytes)
  database.exec('DELETE FROM write_check')
}

function makeSchema(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    database.exec(tables)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}

/**
 * SQLite would make the file with mode 0644; it gives -wal and -shm the mode of the database. Only a new file is opened
 * here: closing one that is there drops the locks of this process's connections to it
 * (sqlite.org/howtocorrupt.html, 2.2).
 */
function createPrivately(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}

/**
 * SQLite fails here at once, whatever its busy timeout, while another connection is about to write: of 80 first starts
 * in groups of ten 2 did.
 */
function switchToWal(database: DatabaseSync): void {
  const deadline = performance.now() + busyTimeoutMs
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}
