import { closeSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import { CodedError, isCodedError, refuseNewerFormat } from '@mtls-gateway/domain'
import { slicesOf } from '../local/rules.ts'
import { createPrivately, lockExclusively } from './exclusive-lock.ts'

/** Whether the disk of `runtime.db` takes writes: for the log. */
export type DiskEvent =
  /** Told for each write, until one succeeds. */
  | { readonly kind: 'write-failed'; readonly cause: string }
  /** It takes them again. */
  | { readonly kind: 'writable' }

/** How long a statement waits for the other process's transaction, which blocks this one's event loop. */
const busyTimeoutMs = 500

/** How long a start waits for another process that is opening the file. */
const openTimeoutMs = 5_000

const checkSchema =
  'CREATE TABLE IF NOT EXISTS write_check (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL);'
const knownFormat = 1

/** Prepares a statement once per connection. */
export type Statements = (sql: string) => StatementSync

/**
 * `runtime.db` in the data directory, shared by the processes of one host. Once the file at the path is another one or
 * gone, every use fails: nobody else would see what is read and written here. Who replaces it restarts the services.
 */
export class RuntimeDatabase {
  readonly #path: string
  readonly #database: DatabaseSync
  readonly #statements: Statements
  /** Identifies the open file, whatever is at its path later. */
  readonly #file: string | undefined
  readonly #onEvent: (event: DiskEvent) => void
  #isFailing = false

  /** `schema` can be run again and again. @throws CodedError `COORDINATION_UNAVAILABLE`, `STORE_NEWER` */
  constructor(directory: string, schema: string, onEvent: (event: DiskEvent) => void = () => {}) {
    this.#path = join(directory, 'runtime.db')
    this.#onEvent = onEvent
    try {
      createPrivately(this.#path)
      // First, or a file that is replaced meanwhile would be taken for the open one.
      this.#file = fileAt(this.#path)
      this.#database = open(this.#path, schema + checkSchema)
    } catch (error) {
      throw isCodedError(error) ? error : unavailable(error)
    }
    this.#statements = preparedOnce(this.#database)
  }

  /** Runs statements, each committed by itself. @throws CodedError `COORDINATION_UNAVAILABLE` */
  use<T>(work: (statements: Statements) => T): T {
    try {
      if (!this.#database.isOpen) throw new Error('the coordination has been closed')
      if (this.#file !== fileAt(this.#path)) throw fileReplaced
      refuseNewer(this.#database, this.#statements)
      return work(this.#statements)
    } catch (error) {
      if (isNotWritable(error)) {
        this.#isFailing = true
        this.#onEvent({ kind: 'write-failed', cause: error.message })
      }
      throw unavailable(error)
    }
  }

  /** Runs statements that are committed together. @throws CodedError `COORDINATION_UNAVAILABLE` */
  transaction<T>(work: (statements: Statements) => T): T {
    return this.use((statements) => {
      statements('BEGIN IMMEDIATE').run()
      try {
        const result = work(statements)
        statements('COMMIT').run()
        this.#hasWritten()
        return result
      } catch (error) {
        if (this.#database.isTransaction) statements('ROLLBACK').run()
        throw error
      }
    })
  }

  /** Works through many entries, so many in a transaction. In between, the event loop and other processes go on. */
  async inTransactions<T>(
    entries: readonly T[],
    size: number,
    work: (statements: Statements, slice: readonly T[]) => void,
  ): Promise<void> {
    for (const [index, slice] of slicesOf(entries, size).entries()) {
      if (index > 0) await setImmediate()
      this.transaction((statements) => work(statements, slice))
    }
  }

  /** For health checks. Tries a write only if the last one has failed. @throws CodedError `COORDINATION_UNAVAILABLE` */
  check(): void {
    const write = (sql: Statements) => sql('INSERT OR REPLACE INTO write_check (id, at) VALUES (1, ?)').run(Date.now())
    if (this.#isFailing) this.transaction(write)
    else this.use((sql) => sql('SELECT id FROM write_check').get())
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close()
  }

  #hasWritten(): void {
    if (this.#isFailing) this.#onEvent({ kind: 'writable' })
    this.#isFailing = false
  }
}

function open(path: string, schema: string): DatabaseSync {
  // Switching to WAL fails at once with "database is locked" if two processes do it together, whatever the timeout.
  const lock = lockExclusively(`${path}.lock`, openTimeoutMs)
  try {
    const database = new DatabaseSync(path, { timeout: busyTimeoutMs })
    try {
      refuseNewer(database)
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${schema}`)
      return database
    } catch (error) {
      database.close()
      throw error
    }
  } finally {
    lock.release()
  }
}

/** By `user_version`; 0, which nobody has set, is 1. @throws CodedError `STORE_NEWER` */
function refuseNewer(database: DatabaseSync, statements: Statements = (sql) => database.prepare(sql)): void {
  const format = statements('PRAGMA user_version').get()?.user_version
  refuseNewerFormat({ what: 'runtime.db', format, known: knownFormat })
}

function fileAt(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats && `${stats.dev}:${stats.ino}`
}

function preparedOnce(database: DatabaseSync): Statements {
  const prepared = new Map<string, StatementSync>()
  return (sql) => {
    const known = prepared.get(sql)
    if (known) return known
    const statement = database.prepare(sql)
    prepared.set(sql, statement)
    return statement
  }
}

const silent =
  'The coordination database runtime.db did not answer. Repeat the request; if this lasts, check that the data directory exists, is writable and has free space.'
const notWritable =
  'The coordination database runtime.db can not be written: its disk is full or read-only. Repeat the request later; the operator finds the cause in the log.'
const damaged =
  'The coordination database runtime.db is damaged. The operator stops both services, deletes it, and starts them after 5 minutes: calls with a timestamp ahead of the clock could be replayed until then.'

const fileReplaced = new Error(
  'The coordination database runtime.db was replaced or deleted while the services were running. The operator restarts both.',
)

/** The cause is SQLite's or the file system's error: neither holds a value that was read or written. */
export function unavailable(cause: unknown): CodedError {
  return new CodedError('COORDINATION_UNAVAILABLE', sentenceOf(cause), { cause, retryAfterSeconds: 1 })
}

function sentenceOf(cause: unknown): string {
  if (cause === fileReplaced) return fileReplaced.message
  return isNotWritable(cause) ? notWritable : isDamaged(cause) ? damaged : silent
}

// sqlite.org/rescode.html
const readOnly = 8
const corrupt = 11
const full = 13
const notADatabase = 26
/** An extended code. Over a quota or a limit for the size of files, write() fails with something else than ENOSPC. */
const ioErrorWrite = 778

/** The disk takes no writes, and this one was not made. */
export function isNotWritable(error: unknown): error is Error {
  const code = codeOf(error)
  return code === ioErrorWrite || [full, readOnly].includes(code & 0xff)
}

function isDamaged(error: unknown): boolean {
  return [corrupt, notADatabase].includes(codeOf(error) & 0xff)
}

/** The extended result code; 0 if SQLite did not throw it. */
function codeOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0
}

/** What only a running process means: what it has, who it is, what it holds, what it has said, whom it has called. */
const ofTheMoment = ['nonce_shard', 'lease', 'board', 'notice', 'notice_epoch', 'recent_call']

/**
 * Copies `runtime.db`, also while services use it. Counts of uses are kept. Nonces are not: of the time since then the
 * copy knows nothing, so whoever starts with it refuses claims up to the second of its own start.
 */
export function backUpRuntimeFile(from: string, to: string): void {
  // SQLite would make it with mode 0644; it takes an empty file.
  closeSync(openSync(to, 'wx', 0o600))
  const source = new DatabaseSync(from, { timeout: 10_000, readOnly: true })
  try {
    source.prepare('VACUUM INTO ?').run(to)
  } finally {
    source.close()
  }
  const copy = new DatabaseSync(to)
  try {
    // One of an earlier release does not have all of them.
    const tables = copy.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all()
    const present = new Set(tables.map(({ name }) => name))
    for (const table of ofTheMoment) if (present.has(table)) copy.exec(`DELETE FROM ${table}`)
    copy.exec('UPDATE nonce_store SET stopped_cleanly = 0; VACUUM')
  } finally {
    copy.close()
  }
}
