import { CodedError } from '../coded-error.ts'
import type { ErrorCode } from '../error-codes.ts'

/** What is wrong with one entry of a list that is saved all or none. */
export interface EntryFault {
  readonly index: number
  readonly code: ErrorCode
  readonly message: string
  readonly field?: string
}

/**
 * The error of a list that is saved all or none: the code that its faults share, else `VALIDATION_FAILED`;
 * `details.errors` has them all by index.
 */
export function entryFaults(faults: readonly [EntryFault, ...EntryFault[]]): CodedError {
  const [first] = faults
  const code = faults.every((fault) => fault.code === first.code) ? first.code : 'VALIDATION_FAILED'
  const message =
    faults.length === 1
      ? `Entry ${first.index}: ${first.message}`
      : `${faults.length} entries are wrong, the first is ${first.index}: ${first.message} Nothing was saved.`
  return new CodedError(code, message, { details: { errors: faults } })
}

export function throwFaults(faults: readonly EntryFault[]): void {
  const [first, ...rest] = faults
  if (first) throw entryFaults([first, ...rest])
}
