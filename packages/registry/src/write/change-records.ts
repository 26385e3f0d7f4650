import { isCodedError } from '@mtls-gateway/domain'
import type { RecordName } from '../records/record-writer.ts'

/** Records that come and go with a change of the account that names them. */
export interface ChangeRecords<Result> {
  /** Written before, for this change alone to name: purged where it is certainly not made. */
  readonly written?: readonly RecordName[]
  /** What the account names no more once the change is made: purged then. */
  readonly dropped?: (result: Result) => readonly RecordName[]
}

/**
 * Whether a change that failed was certainly not made. Where the outcome is not known the account may name its records:
 * garbage collection looks later.
 */
export function isCertainlyUndone(error: unknown): boolean {
  return isCodedError(error) && error.details.outcome !== 'unknown'
}
