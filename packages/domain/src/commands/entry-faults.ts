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
 * conflicts, else `VALIDATION_FAILED`; `details.errors` has them all by index. The sentence counts from 1, as people
 * do, and not at all where there is only one entry.
 * @param count of the list's entries
 */
export function entryFaults(faults: readonly [EntryFault, ...EntryFault[]], count: number): CodedError {
  const [first] = faults
  const agree = faults.every(({ code }) => code === first.code) || faults.every(({ code }) => conflicts.has(code))
  const wrong = new Set(faults.map(({ index }) => index)).size
  const entry = `entry ${first.index + 1} of ${count}`
  const sentences = faults.map((fault) => fault.message).join(' ')
  const ofOne = count === 1 ? sentences : `In ${entry}: ${sentences} Nothing was saved.`
  const message =
    wrong === 1 ? ofOne : `${wrong} entries are wrong, the first is ${entry}: ${first.message} Nothing was saved.`
  return new CodedError(agree ? first.code : 'VALIDATION_FAILED', message, { details: { errors: faults } })
}

/** @param count of the list's entries */
export function throwFaults(faults: readonly EntryFault[], count: number): void {
  const [first, ...rest] = faults
  if (first) throw entryFaults([first, ...rest], count)
}
