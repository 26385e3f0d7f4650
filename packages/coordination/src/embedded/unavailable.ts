import { CodedError } from '@mtls-gateway/domain'

const silent =
  'The coordination database runtime.db did not answer. Repeat the request; if this lasts, check that the data directory exists, is writable and has free space.'
const notWritable =
  'The coordination database runtime.db can not be written: its disk is full or read-only. Repeat the request later; the operator finds the cause in the log.'
const damaged =
  'The coordination database runtime.db is damaged. The operator stops both services, deletes it, and starts them after 10 minutes: what was signed before could be replayed until then.'

/** The cause is SQLite's or the file system's error: neither holds a value that was read or written. */
export function unavailable(cause: unknown): CodedError {
  const sentence = isNotWritable(cause) ? notWritable : isDamaged(cause) ? damaged : silent
  return new CodedError('COORDINATION_UNAVAILABLE', sentence, { cause, retryAfterSeconds: 1 })
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
  return code === ioErrorWrite || isOneOf(code, full, readOnly)
}

function isDamaged(error: unknown): boolean {
  return isOneOf(codeOf(error), corrupt, notADatabase)
}

function isOneOf(code: number, ...primary: readonly number[]): boolean {
  return primary.includes(code & 0xff)
}

/** The extended result code; 0 if SQLite did not throw it. */
function codeOf(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : 0
}
