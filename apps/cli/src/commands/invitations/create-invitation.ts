import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { CliFailure } from '../../cli-failure.ts'
import { connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { repeatableChoice } from '../../options/repeatable.ts'
import { timeOf } from '../../options/time-option.ts'
import { createdInvitationText } from '../../views/invitation-text.ts'

export function createInvitationCommand(context: CliContext) {
  const command = new Command('create')
    .summary('invite somebody who has no account at your identity provider')
    .description(
      'Creates an invitation and prints its code, with a link where the gateway has a console. Send one of them to the person: it works once, and is not shown again.',
    )
    .requiredOption('--label <text>', 'who is invited; the audit trail names them so')
    .addOption(
      repeatableChoice('--scope <scope>', 'what they may do; at most what you may', [
        'mtls:read',
        'mtls:write',
        'mtls:admin',
      ]),
    )
    .requiredOption('--expires-at <time>', 'when it ends: a day or time (RFC 3339) at most 30 days ahead', timeOf)
    .addHelpText(
      'after',
      examples(
        'mtls invitations create --label "Anna of Bank" --scope mtls:read --expires-at "$(date -d +14days +%F)"',
      ),
    )
  return withConnection(command).action(async ({ label, scope, expiresAt, ...options }) => {
    if (scope.length === 0) throw new CliFailure('wrongUse', 'Give what the person may do: --scope mtls:read.')
    const { configApi } = await connect(options, context)
    const created = await configApi.createInvitation({
      body: { label, scopes: [...scope], expiresAt: expiresAt.toISOString() },
    })
    context.output.answer(created, createdInvitationText)
    context.output.complain('The code is shown only this once, and works once: send it now.')
  })
}
