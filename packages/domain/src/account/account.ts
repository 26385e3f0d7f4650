import type { Certificate } from '../certificates/certificate.ts'
import type { AccountId } from '../identifiers/ids.ts'
import type { Mapping } from '../mappings/mapping.ts'
import type { TrustList } from '../mappings/trust-list.ts'
import type { AppKey } from './app-key.ts'
import type { ApprovalRequest } from './approval-request.ts'
import type { Change } from './change.ts'
import type { Handover } from './handover.ts'
import type { Invitation } from './invitation.ts'
import type { AccountSettings } from './settings.ts'
import type { SigningKey } from './signing-key.ts'

/** Everything about a tenant except its secrets: one document, changed by one compare-and-set. */
export interface Account {
  readonly accountId: AccountId
  /** +1 with each change. 0: it has never been written. */
  readonly revision: number
  readonly certificates: readonly Certificate[]
  readonly mappings: readonly Mapping[]
  readonly appKeys: readonly AppKey[]
  /** Absent: none was ever made. */
  readonly trusts?: readonly TrustList[]
  /** Absent: nobody was ever invited. Each change drops those that have expired. */
  readonly invitations?: readonly Invitation[]
  /** Absent: none was ever made. Each change drops those that have expired. */
  readonly handovers?: readonly Handover[]
  /** Absent: none was ever made. */
  readonly signingKeys?: readonly SigningKey[]
  /** Absent: nothing was ever asked for. Each change drops all but the last of those that are closed. */
  readonly approvals?: readonly ApprovalRequest[]
  /** Absent: nobody has set any. */
  readonly settings?: AccountSettings
  /** Oldest first; the last 200. */
  readonly changes: readonly Change[]
}

export function emptyAccount(accountId: AccountId): Account {
  return { accountId, revision: 0, certificates: [], mappings: [], appKeys: [], changes: [] }
}
