import type { Account } from './account.ts'
import { CodedError } from './coded-error.ts'

/** What a request with an Idempotency-Key is known by; both are hashes. */
export interface IdempotencyMark {
  /** Of the key and its caller: a key is a caller's own. */
  readonly key: string
  /** Of all that was asked for. */
  readonly request: string
}

/**
 * A key holds as long as the account holds the change that was made with it: for the last 200 at most.
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
