import type { NonceVerdict } from '@mtls-gateway/coordination'
import { CodedError, type RefusalReason, timestampWindowSeconds } from '@mtls-gateway/domain'

/** By reason. They say nothing of the request, so one does for all: making one takes as long as a hash. */
const invalid = new Map<RefusalReason, CodedError>()

/** The same answer for an unknown key, an expired one and a wrong signature, so that it reveals no keys. */
export function credentialsInvalid(reason: RefusalReason): CodedError {
  const known = invalid.get(reason)
  if (known !== undefined) return known
  const error = new CodedError(
    'OAUTH_CREDENTIALS_INVALID',
    'The app key is not known or the signature is not right. Check key, secret, and that the signed url is the one called.',
    { refusal: { reason } },
  )
  invalid.set(reason, error)
  return error
}

/** `OAUTH_TIMESTAMP_OUT_OF_WINDOW` (401); undefined: it is within the window. */
export function timestampFault(timestamp: number, nowMs: number): CodedError | undefined {
  const serverTime = Math.floor(nowMs / 1_000)
  const skewSeconds = timestamp - serverTime
  if (Math.abs(skewSeconds) <= timestampWindowSeconds) return undefined
  return new CodedError(
    'OAUTH_TIMESTAMP_OUT_OF_WINDOW',
    `oauth_timestamp is more than ${timestampWindowSeconds} s away from this server's clock. It is in seconds since 1970.`,
    {
      details: { serverTime, windowSeconds: timestampWindowSeconds },
      refusal: { reason: 'timestamp-out-of-window', skewSeconds },
    },
  )
}

/** @throws CodedError `OAUTH_NONCE_REPLAYED`, `TIMESTAMP_BEFORE_START` (401) for every verdict but `fresh` */
export function checkNonceVerdict(verdict: NonceVerdict): void {
  if (verdict === 'fresh') return
  if (verdict === 'before-start') {
    throw new CodedError(
      'TIMESTAMP_BEFORE_START',
      'This request was signed before the service last started, so a replay could not be noticed. Sign it again.',
      { refusal: { reason: 'timestamp-before-start' } },
    )
  }
  throw new CodedError(
    'OAUTH_NONCE_REPLAYED',
    'This request has been made before. Sign each one with a new oauth_nonce.',
    { refusal: { reason: 'nonce-replayed' } },
  )
}
