import { CodedError } from '@mtls-gateway/domain'

/**
 * `reason` comes from `reasonOf`. The client's own errors are not passed on, as they may hold a credential or a key.
 */
export function unavailable(reason: string): CodedError {
  return new CodedError(
    'COORDINATION_UNAVAILABLE',
    `Redis did not answer as it should (${reason}). Repeat the request; if this lasts, check that Redis runs and can be reached.`,
    { retryAfterSeconds: 1 },
  )
}

/** `ECONNREFUSED`, `WRONGPASS`, `DeadlineError`: a code, the first word of Redis' reply, or the kind of the error. */
export function reasonOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown'
  if ('code' in error && typeof error.code === 'string') return error.code
  return replyCode(error) ?? error.constructor.name
}

/** Redis' error replies start with a code in capitals. */
export function replyCode(error: unknown): string | undefined {
  const message = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : ''
  return /^[A-Z]{2,}(?= |$)/.exec(message)?.[0]
}
