import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { revokedInvitationText } from '../../views/invitation-text.ts'

export function revokeInvitationCommand(context: CliContext) {
  const command = new Command('revoke')
    .summary('revoke an invitation')
    .description(
      'Revokes an invitation at once, whether its code was redeemed or not, and those that were made by whoever redeemed it. App keys that they have made stay, since programs call with them: it names them, and mtls app-keys delete deletes them.',
    )
    .argument('<id>', 'as mtls invitations list shows it')
    .addHelpText('after', examples('mtls invitations revoke kT3x9QmZ0aVbLr5uYw2JcA'))
  return withConnection(command).action(async (invitationId, options) => {
    const { configApi } = await connect(options, context)
    const revoked = await configApi.revokeInvitation({ invitationId })
    context.output.answer(revoked, revokedInvitationText)
  })
}
