import type { InvitableScope } from '../callers/scopes.ts'
import type { RecordId } from '../identifiers/ids.ts'

/** Lets a person from outside manage an account: within its scopes, until it expires or is revoked. */
export interface Invitation {
  readonly id: RecordId
  readonly label: string
  readonly scopes: readonly InvitableScope[]
  readonly createdAt: string
  /** Who has invited, as the audit has it. */
  readonly createdBy: string
  /** The invitation of its maker, with which this one is revoked. Absent: its maker needs none. */
  readonly parent?: RecordId
  readonly expiresAt: string
  /** A digest. It stays when the code has been redeemed: whoever has the code is told so. */
  readonly codeSha256: string
  /** Absent: the code has not been redeemed. */
  readonly redeemedAt?: string
  /** A digest of the token that redeeming has handed out. */
  readonly tokenSha256?: string
}

/** What has invitations: an account, or the part of it that a look at them needs. */
interface Invited {
  readonly invitations?: readonly Invitation[]
}

/** How the audit names whoever acts by an invitation. */
export function invitationActor({ id, label }: Pick<Invitation, 'id' | 'label'>): string {
  return `invitation ${id} "${label}"`
}

/** @param at ISO 8601 in UTC */
export function hasExpired({ expiresAt }: Pick<Invitation, 'expiresAt'>, at: string): boolean {
  return Date.parse(expiresAt) <= Date.parse(at)
}

/** Those that have not expired. */
export function openInvitations({ invitations = [] }: Invited, at: string): readonly Invitation[] {
  return invitations.filter((invitation) => !hasExpired(invitation, at))
}
