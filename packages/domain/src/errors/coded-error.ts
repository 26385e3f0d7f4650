import type { ErrorCode } from './error-codes.ts'
import type { Refusal } from './refusal.ts'

export interface CodedErrorOptions {
  readonly cause?: unknown
  /** Facts for the caller, put into the problem document as they are. Never a secret. */
  readonly details?: Readonly<Record<string, unknown>>
  /** How long the caller should wait before the same request can succeed, in seconds. */
  readonly retryAfterSeconds?: number
  /** If it refuses credentials: for the log alone. */
  readonly refusal?: Refusal | undefined
}

/**
 * An error that a caller can act on: a stable `code` (docs/errors.md) and a sentence that says what to do. It has no
 * stack trace, which nobody reads and took a fifth of the time of a refused call.
 */
export class CodedError extends Error {
  override readonly name = 'CodedError'
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>
  readonly retryAfterSeconds: number | undefined
  readonly refusal: Refusal | undefined

  constructor(code: ErrorCode, message: string, options: CodedErrorOptions = {}) {
    const { stackTraceLimit } = Error
    Error.stackTraceLimit = 0
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    Error.stackTraceLimit = stackTraceLimit
    this.code = code
    this.details = options.details ?? {}
    this.retryAfterSeconds = options.retryAfterSeconds
    this.refusal = options.refusal
  }
}

/** True for an error with one of our codes. */
export function isCodedError(error: unknown): error is CodedError {
  return error instanceof CodedError
}
