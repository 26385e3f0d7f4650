import { CodedError } from '../errors/coded-error.ts'
import type { ErrorCode } from '../errors/error-codes.ts'

/** What is wrong with one entry of a list that is saved all or none. */
export interface EntryFault {
  readonly index: number
  readonly code: ErrorCode
  readonly message: string
  readonly field?: string
}

/** What is there already, under one name or the other: the request may be a repetition. */
const conflicts: ReadonlySet<ErrorCode> = new Set(['MAPPING_NAME_TAKEN', 'MAPPING_ALREADY_EXISTS'])

/**
 * The error of a list that is saved all or none: the code that its faults share, that of the first if all are
 * conflicts, else `VALIDATION_FAILED`; `details.errors` has them all by index.
 */
export function entryFaults(faults: readonly [EntryFault, ...EntryFault[]]): CodedError {
  const [first] = faults
  const agree = faults.every(({ code }) => code === first.code) || faults.every(({ code }) => conflicts.has(code))
  const entries = new Set(faults.map(({ index }) => index)).size
  const message =
    entries === 1
      ? `Entry ${first.index}: ${faults.map((fault) => fault.message).join(' ')}`
      : `${entries} entries are wrong, the first is ${first.index}: ${first.message} Nothing was saved.`
  return new CodedError(agree ? first.code : 'VALIDATION_FAILED', message, { details: { errors: faults } })
}

export function throwFaults(faults: readonly EntryFault[]): void {
  const [first, ...rest] = faults
  if (first) throw entryFaults([first, ...rest])
}
