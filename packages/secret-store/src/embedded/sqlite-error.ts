import { StoreError } from '../port/secret-store.ts'

// Primary result codes, sqlite.org/rescode.html
const busy = 5
const readOnly = 8
const corrupt = 11
const full = 13
const cannotOpen = 14
const notADatabase = 26
// An extended one. Over a quota or a limit for the size of files, write() fails with something else than ENOSPC.
const ioErrorWrite = 778

/** What node:sqlite throws; its message never holds a value of a row. */
interface SqliteError extends Error {
  /** The extended result code; its lowest byte is the primary one. */
  readonly errcode: number
}

function isSqliteError(error: unknown): error is SqliteError {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
}

/** Errors with a syscall come from `node:fs`; their messages name the path. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}

function primaryCode(error: unknown): number | undefined {
  return isSqliteError(error) ? error.errcode & 0xff : undefined
}

export function isBusy(error: unknown): boolean {
  return primaryCode(error) === busy
}

/** The file, or one beside it, can't be opened or written. */
export function isNotWritable(error: unknown): boolean {
  const code = primaryCode(error)
  return code === readOnly || code === cannotOpen
}

/** The {@link StoreError} that an error of SQLite or `node:fs` means to a caller; any other error as it is. */
export function asStoreError(error: unknown): unknown {
  if (isFileError(error)) {
    return new StoreError('unavailable', `A file of the store can't be used: ${error.message}.`, { cause: error })
  }
  if (!isSqliteError(error)) return error
  const code = primaryCode(error)
  if (code === corrupt || code === notADatabase) {
    return new StoreError('damaged', 'The database of secrets is damaged: restore it from a backup.', { cause: error })
  }
  if (code === full || code === readOnly || error.errcode === ioErrorWrite) {
    return new StoreError('not-writable', `The disk of the store takes no writes: ${error.message}.`, { cause: error })
  }
  // Busy beyond the timeout, another I/O error, file taken away: it may be over in a moment, or be done.
  return new StoreError('unavailable', `The database of secrets does not answer: ${error.message}.`, { cause: error })
}
