import { CodedError } from '@mtls-gateway/domain'

/** The cause is SQLite's or the file system's error: neither holds a value that was read or written. */
export function unavailable(cause: unknown): CodedError {
  return new CodedError(
    'COORDINATION_UNAVAILABLE',
    'The coordination database runtime.db did not answer. Repeat the request; if this lasts, check that the data directory exists, is writable and has free space.',
    { cause, retryAfterSeconds: 1 },
  )
}
