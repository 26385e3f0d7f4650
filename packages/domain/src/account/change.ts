import type { RecordId } from '../identifiers/ids.ts'
import type { ChangeAction } from './change-action.ts'
import type { IdempotencyMark } from './idempotency.ts'

/** An audit entry; written with the change that it tells of. At most 2 KiB as JSON. */
export interface Change {
  /** Random, comes with the command: tells after a lost answer whether the write was done. */
  readonly changeId: RecordId
  /** The revision that this change made. */
  readonly revision: number
  readonly at: string
  readonly actor: string
  readonly address: string
  readonly action: ChangeAction
  /** Ids and names of what was changed; the first few where there are many. */
  readonly subjects: readonly string[]
  readonly subjectCount: number
  /** Names of what was changed of the subjects; absent where they were made or deleted whole. */
  readonly fields?: readonly string[]
  /** Where the request had an Idempotency-Key. */
  readonly idempotency?: IdempotencyMark
  /** Chains it to the entry before it; comes with the write. None in entries of older releases (`chainedHash`). */
  readonly hash?: string
}
