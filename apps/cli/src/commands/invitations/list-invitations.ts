import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { withPage } from '../../options/page-options.ts'
import { invitationTable } from '../../views/invitation-text.ts'
import { showPage } from '../../views/page.ts'

export function listInvitationsCommand(context: CliContext) {
  const command = new Command('list')
    .summary('list the invitations')
    .description('Lists all invitations of the account, or a page of them with --limit. It shows no codes.')
    .addHelpText('after', examples('mtls invitations list'))
  return withConnection(withPage(command)).action(async ({ limit, cursor, ...options }) => {
    const { configApi } = await connect(options, context)
    showPage(
      await configApi.listInvitations({ query: { limit, cursor } }),
      context.output,
      invitationTable,
      'invitations',
    )
  })
}
