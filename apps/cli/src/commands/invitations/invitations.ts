import { commandGroup } from '../command-group.ts'
import { createInvitationCommand } from './create-invitation.ts'
import { listInvitationsCommand } from './list-invitations.ts'
import { revokeInvitationCommand } from './revoke-invitation.ts'

/** What lets people from outside manage the account. */
export const invitationsCommand = commandGroup('invitations', 'list, create and revoke invitations', [
  listInvitationsCommand,
  createInvitationCommand,
  revokeInvitationCommand,
])
