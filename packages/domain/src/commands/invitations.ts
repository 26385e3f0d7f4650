import type { Account } from '../account/account.ts'
import type { AppKey } from '../account/app-key.ts'
import type { Command, CommandContext } from '../account/command.ts'
import { hasExpired, type Invitation, invitationActor, openInvitations } from '../account/invitation.ts'
import { isSameDigest } from '../callers/digests.ts'
import { invitableScopes, type Scope } from '../callers/scopes.ts'
import { CodedError } from '../errors/coded-error.ts'
import type { RefusalReason } from '../errors/refusal.ts'
import type { RecordId } from '../identifiers/ids.ts'
import { maxInvitationDays, maxInvitations } from '../limits/limits.ts'
import { readableTime } from '../limits/readable-time.ts'
import { actingInvitation } from './acting-invitation.ts'
import { refuseOtherScopes } from './granted-scopes.ts'
import { auditedActor, type ChangeDescription, nextAccount } from './next-account.ts'

export type NewInvitation = Pick<Invitation, 'id' | 'label' | 'scopes' | 'expiresAt' | 'codeSha256'>

/** Digests of what a person has sent to redeem an invitation, and of the token made for it. */
export interface Redemption {
  readonly codeSha256: string
  readonly tokenSha256: string
}

const dayMs = 86_400_000

/**
 * Whoever invites gives away no more than they have: no other scopes, and by an invitation no longer than it lasts.
 * @param scopes of the inviter
 * @throws CodedError `SCOPE_NOT_GRANTABLE`, `EXPIRY_NOT_IN_FUTURE`, `EXPIRY_TOO_LATE`, `TOO_MANY_INVITATIONS`
 */
export function createInvitation(
  context: CommandContext,
  invitation: NewInvitation,
  scopes: ReadonlySet<Scope>,
): Command<Invitation> {
  return (account) => {
    const inviter = actingInvitation(account, context)
    const grantable = invitableScopes.filter((scope) => scopes.has(scope))
    refuseOtherScopes(invitation.scopes, grantable, 'An invitation')
    checkExpiry(invitation, context, inviter)
    const open = openInvitations(account, context.at)
    if (open.length >= maxInvitations) {
      throw new CodedError(
        'TOO_MANY_INVITATIONS',
        `An account may have at most ${maxInvitations} invitations that have not expired. Revoke one.`,
        { details: { limit: maxInvitations } },
      )
    }
    const result: Invitation = {
      ...invitation,
      createdAt: context.at,
      createdBy: auditedActor(context.actor),
      ...(inviter && { parent: inviter.id }),
    }
    const description: ChangeDescription = { action: 'invitations.create', subjects: [subjectOf(result)] }
    const invitations = [...open, result]
    return { account: nextAccount(account, context, description, { invitations }), result, revoked: [] }
  }
}

/**
 * The code is void from then on, and the token works.
 * @throws CodedError `INVITATION_UNKNOWN`, and to who has the right code `INVITATION_VOID`
 */
export function redeemInvitation(
  context: CommandContext,
  id: RecordId,
  { codeSha256, tokenSha256 }: Redemption,
): Command<Invitation> {
  return (account) => {
    const invitation = findRedeemable(account, id, codeSha256, context.at)
    const result: Invitation = { ...invitation, redeemedAt: context.at, tokenSha256 }
    const description: ChangeDescription = { action: 'invitations.redeem', subjects: [subjectOf(result)] }
    const { invitations = [] } = account
    const withResult = invitations.map((each) => (each.id === id ? result : each))
    // A store that is put back to before it would have the code valid again: notices tell that it is not.
    const revoked = [redeemedCode(id)]
    const next = nextAccount(account, context, description, { invitations: withResult })
    return { account: next, result, revoked }
  }
}

export interface RevokedInvitation {
  readonly invitation: Invitation
  /** What it and those with it have made, and leave behind: services call with them. */
  readonly appKeys: readonly AppKey[]
}

/**
 * Revokes an invitation, whether it was redeemed or not, and all that were made by it.
 * @throws CodedError `INVITATION_NOT_FOUND`
 */
export function revokeInvitation(context: CommandContext, id: string): Command<RevokedInvitation> {
  return (account) => {
    const { invitations = [] } = account
    const invitation = invitations.find((candidate) => candidate.id === id)
    if (!invitation) {
      throw new CodedError(
        'INVITATION_NOT_FOUND',
        'This account has no such invitation, or it has expired. List them for their ids.',
      )
    }
    const gone = [invitation]
    // Whoever was invited by somebody comes later in the list.
    for (const each of invitations) if (gone.some((one) => one.id === each.parent)) gone.push(each)
    const description: ChangeDescription = { action: 'invitations.revoke', subjects: gone.map(subjectOf) }
    const left = invitations.filter((each) => !gone.includes(each))
    const next = nextAccount(account, context, description, { invitations: left })
    const makers = gone.map((each) => auditedActor(invitationActor(each)))
    const appKeys = account.appKeys.filter(({ createdBy }) => createdBy !== undefined && makers.includes(createdBy))
    return { account: next, result: { invitation, appKeys }, revoked: gone.map((each) => each.id) }
  }
}

/**
 * The invitation of this code. One who guesses does not learn whether there is such an invitation.
 * @throws CodedError `INVITATION_UNKNOWN`, `INVITATION_VOID`
 */
export function findRedeemable(
  { invitations = [] }: Pick<Account, 'invitations'>,
  id: string,
  codeSha256: string,
  at: string,
): Invitation {
  const invitation = invitations.find((candidate) => candidate.id === id)
  if (!invitation || !isSameDigest(invitation.codeSha256, codeSha256)) throw invitationUnknown()
  if (hasExpired(invitation, at)) {
    throw invitationVoid('invitation-expired', 'This invitation has expired. Ask whoever sent it for another.')
  }
  if (invitation.redeemedAt === undefined) return invitation
  throw invitationVoid(
    'invitation-redeemed',
    `This code was redeemed on ${readableTime(invitation.redeemedAt)}, and works once. If that was not you, tell whoever sent it to revoke the invitation.`,
  )
}

export function invitationUnknown(): CodedError {
  return new CodedError(
    'INVITATION_UNKNOWN',
    'There is no invitation with this code: it is incomplete, or was revoked, or has expired. Ask whoever sent it for another.',
    { refusal: { reason: 'invitation-unknown' } },
  )
}

/** What notices call the code of an invitation that was redeemed. */
export function redeemedCode(id: RecordId): string {
  return `code of ${id}`
}

function invitationVoid(reason: RefusalReason, message: string): CodedError {
  return new CodedError('INVITATION_VOID', message, { refusal: { reason } })
}

function subjectOf({ id, label }: Invitation): string {
  return `${id} ${label}`
}

function checkExpiry(
  { expiresAt }: NewInvitation,
  { at }: CommandContext,
  inviter: Pick<Invitation, 'expiresAt'> | undefined,
): void {
  const [expiry, now] = [Date.parse(expiresAt), Date.parse(at)]
  const field = 'expiresAt'
  if (expiry <= now) {
    throw new CodedError('EXPIRY_NOT_IN_FUTURE', '"expiresAt" is not in the future.', { details: { field } })
  }
  if (expiry > now + maxInvitationDays * dayMs) {
    throw new CodedError('EXPIRY_TOO_LATE', `"expiresAt" may be at most ${maxInvitationDays} days ahead.`, {
      details: { field },
    })
  }
  if (inviter && expiry > Date.parse(inviter.expiresAt)) {
    throw new CodedError(
      'EXPIRY_TOO_LATE',
      `"expiresAt" may be at most ${inviter.expiresAt}, when the invitation that you use yourself expires.`,
      { details: { field } },
    )
  }
}
