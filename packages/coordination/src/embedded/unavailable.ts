import { CodedError } from '@mtls-gateway/domain'
import { isDamaged, isNotWritable } from './sqlite-code.ts'

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
