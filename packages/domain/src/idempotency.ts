import type { Account } from './account.ts'
import { CodedError } from './coded-error.ts'

/** What a request with an Idempotency-Key is known by; both are hashes. */
export interface IdempotencyMark {
  /** A digest of the key and its caller: a key is a caller's own. */
  readonly key: string
  /** A digest of everything that was asked for. */
  readonly request: string
}

/**
 * A key is valid as long as the account holds the change made with it, one of the last 200.
 * @throws CodedError `IDEMPOTENCY_KEY_REUSED`
 */
export function refuseUsedKey({ changes }: Account, mark: IdempotencyMark | undefined): void {
  if (mark && changes.some(({ idempotency }) => idempotency?.key === mark.key)) throw keyReused()
}

export function keyReused(): CodedError {
  return new CodedError(
    'IDEMPOTENCY_KEY_REUSED',
    'This Idempotency-Key was sent with another request. Take a new key for each thing that you want done once.',
  )
}
