import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { repeatable, repeatableChoice } from '../../options/repeatable.ts'
import { appKeyText } from '../../views/app-key-text.ts'
import { secretNote } from '../../views/secret-note.ts'

export function createAppKeyCommand(context: CliContext) {
  const command = new Command('create')
    .summary('create an app key')
    .description('Creates an app key and prints it with its secret. The secret is not shown again.')
    .requiredOption('--label <text>', 'what the key is for')
    .addOption(
      repeatableChoice('--scope <scope>', 'what it may do; default: the first two', [
        'forward',
        'mtls:read',
        'mtls:write',
        'mtls:admin',
      ]),
    )
    .addOption(
      repeatable(
        '--service <service>',
        'a service that it may call as, by name or number; the first is that of calls that name none; default: any',
        String,
      ),
    )
    .option('--expires-at <time>', 'when the key expires, such as 2027-01-31T00:00:00Z; default: never')
    .addHelpText(
      'after',
      examples(
        'mtls app-keys create --label billing',
        'mtls app-keys create --label shop --service IDP --service WEBHOOKS',
        'mtls app-keys create --label console --scope mtls:read --scope mtls:write --expires-at 2027-01-31T00:00:00Z',
      ),
    )
  return withConnection(command).action(async ({ label, scope, service, expiresAt, ...options }) => {
    const { configApi } = await connect(options, context)
    const created = await configApi.createAppKey({
      body: {
        label,
        scopes: scope.length === 0 ? undefined : [...scope],
        services: service.length === 0 ? undefined : [...service],
        expiresAt,
      },
    })
    context.output.answer(created, appKeyText)
    context.output.complain(secretNote)
  })
}
