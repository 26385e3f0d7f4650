import type { Account } from '../account/account.ts'
import type { CommandContext } from '../account/command.ts'
import { type Invitation, openInvitations } from '../account/invitation.ts'
import { CodedError } from '../errors/coded-error.ts'

/**
 * The invitation that a change is made by; undefined if the actor needs none. A request may take long from the check of
 * its token to its change, and nothing may be changed by who was shut out meanwhile.
 * @throws CodedError `TOKEN_INVALID`: it was revoked, or has expired
 */
export function actingInvitation(
  account: Account,
  { invitation: id, at }: Pick<CommandContext, 'invitation' | 'at'>,
): Invitation | undefined {
  if (id === undefined) return undefined
  const acting = openInvitations(account, at).find((invitation) => invitation.id === id)
  if (acting) return acting
  throw new CodedError(
    'TOKEN_INVALID',
    'The invitation that this token belongs to was revoked meanwhile. Nothing was changed.',
    { refusal: { reason: 'invitation-revoked' } },
  )
}
