import { CodedError, type RefusalReason } from '@mtls-gateway/domain'
import type { Principal } from '../principal.ts'

/** Verifies Bearer tokens. */
export interface BearerVerifier {
  /**
   * Rejects with CodedError `TOKEN_INVALID`, `TOKEN_EXPIRED` (401), `TOKEN_ISSUER_UNAVAILABLE` (503); never the token.
   * @param address where the request comes from, as nobody is known yet who could be charged for the work
   */
  verify(token: string, address: string): Promise<Principal>
}

const maxTokenLength = 8_192
const tokenShape = /^[A-Za-z0-9._~+/-]+=*$/

/**
 * Refuses malformed tokens (RFC 6750 section 2.1) before anything is computed or requested.
 *
 * @throws CodedError `TOKEN_INVALID`
 */
export function checkTokenShape(token: string): void {
  if (token.length > maxTokenLength)
    throw tokenInvalid('token-malformed', `it is longer than ${maxTokenLength} characters`)
  if (!tokenShape.test(token)) throw tokenInvalid('token-malformed', 'it has characters that no Bearer token has')
}

/** @param caller whose token it is, if that has been verified */
export function tokenInvalid(reason: RefusalReason, because: string, caller?: string): CodedError {
  return new CodedError('TOKEN_INVALID', `The Bearer token is not accepted: ${because}.`, {
    refusal: { reason, ...(caller !== undefined && { caller }) },
  })
}

export function tokenNotYetValid(): CodedError {
  return tokenInvalid('token-not-yet-valid', 'it is not valid yet (claim "nbf")')
}

export function tokenExpired(): CodedError {
  return new CodedError('TOKEN_EXPIRED', 'The Bearer token has expired. Get a new one.', {
    refusal: { reason: 'token-expired' },
  })
}

/**
 * 503. `reason` goes into the details, so it must contain neither the token nor the client secret.
 * @param cause for the log, which says more; no secret either
 */
export function issuerUnavailable(reason: string, cause = reason): CodedError {
  return new CodedError('TOKEN_ISSUER_UNAVAILABLE', 'The token issuer can not be asked at the moment. Try again.', {
    // Made here: the errors of libraries hold headers and forms.
    cause: new Error(cause),
    details: { reason },
    retryAfterSeconds: 5,
  })
}
