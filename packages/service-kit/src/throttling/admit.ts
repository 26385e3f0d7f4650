import type { RateCounter, RateDecision } from '@mtls-gateway/coordination'
import { CodedError } from '@mtls-gateway/domain'
import { andThen, type MaybePromise } from '@mtls-gateway/event-loop'
import { rateKey } from './client-address.ts'

/**
 * Counts a request against its caller's address.
 * @throws CodedError `RATE_LIMITED` (or rejects with it, if the counter returns a promise)
 */
export function admit(counter: RateCounter, address: string): MaybePromise<void> {
  return andThen(counter.admit(rateKey(address)), requireAdmitted)
}

function requireAdmitted({ admitted, retryAfterMs }: RateDecision): void {
  if (!admitted) throw rateLimited(retryAfterMs)
}

export function rateLimited(retryAfterMs: number): CodedError {
  return new CodedError('RATE_LIMITED', 'Too many requests from this address. Wait and try again.', {
    retryAfterSeconds: retryAfterMs / 1_000,
  })
}
