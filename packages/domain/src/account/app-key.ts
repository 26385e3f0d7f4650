import type { Scope } from '../callers/scopes.ts'
import type { RecordId } from '../identifiers/ids.ts'

export interface AppKey {
  /** The part of the consumer key behind `{accountId}.`. */
  readonly id: RecordId
  readonly label: string
  readonly scopes: readonly Scope[]
  readonly createdAt: string
  /** As the audit has it. Absent: made by a release that did not note it. */
  readonly createdBy?: string
  readonly expiresAt: string | null
  /** Numbers of the services that it may call as. The first one is the default. Absent: any. */
  readonly services?: readonly [string, ...string[]]
}
