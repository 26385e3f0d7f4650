import { CodedError } from '../errors/coded-error.ts'

/** What a request with an Idempotency-Key is known by; both are hashes. */
export interface IdempotencyMark {
  /** A digest of the key and its caller: a key is a caller's own. */
  readonly key: string
  /** A digest of everything that was asked for. */
  readonly request: string
}

/** An account, by the marks of its changes. */
interface MarkedChanges {
  readonly changes: readonly { readonly idempotency?: IdempotencyMark }[]
}

/**
 * A key is valid as long as the account holds the change made with it, one of the last 200.
 * @throws CodedError `IDEMPOTENCY_KEY_REUSED`
 */
export function refuseUsedKey({ changes }: MarkedChanges, mark: IdempotencyMark | undefined): void {
  if (mark && changes.some(({ idempotency }) => idempotency?.key === mark.key)) throw keyReused()
}

export function keyReused(): CodedError {
  return new CodedError(
    'IDEMPOTENCY_KEY_REUSED',
    'This Idempotency-Key was sent with another request. Take a new key for each thing that you want done once.',
  )
}
