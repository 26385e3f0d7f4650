import type { TransportCode } from './transport-sentences.ts'

/** A failure that this package itself found; what Node reports is turned into a code by `explainTransportError`. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly code: TransportCode
  /** A word or two for the sentence, such as a port. Never a secret. */
  readonly detail: string

  constructor(code: TransportCode, options: { detail?: string; cause?: unknown } = {}) {
    super(
      options.detail ? `${code}: ${options.detail}` : code,
      'cause' in options ? { cause: options.cause } : undefined,
    )
    this.code = code
    this.detail = options.detail ?? ''
  }
}

export function isTransportError(error: unknown): error is TransportError {
  return error instanceof TransportError
}

/** A handshake that would take more of the event loop, or of memory, than any handshake needs. */
export function flightRefusal(detail: string): TransportError {
  return new TransportError('TARGET_HANDSHAKE_REFUSED', { detail })
}

/** A target that has cost more of the event loop than an account's targets may, beyond what usual ones do. */
export function targetTooCostly(): TransportError {
  return new TransportError('TARGET_TOO_COSTLY')
}

/** An answer that another reader could take for another one than we do, or that is none. */
export function malformedResponse(detail: string): TransportError {
  return new TransportError('MALFORMED_RESPONSE', { detail })
}
