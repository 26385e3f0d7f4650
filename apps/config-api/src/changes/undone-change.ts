import { isCodedError } from '@mtls-gateway/domain'

/**
 * Whether a change that failed was certainly not made, so that the records that it was to name can go. Where the
 * outcome is not known the account may name them: garbage collection looks later.
 */
export function isCertainlyUndone(error: unknown): boolean {
  return isCodedError(error) && error.details.outcome !== 'unknown'
}
