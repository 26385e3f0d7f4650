import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { confirmDeletion } from '../../input/confirm-deletion.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { yesOption } from '../../options/yes-option.ts'

export function deleteAppKeyCommand(context: CliContext) {
  const command = new Command('delete')
    .summary('delete an app key')
    .description('Deletes an app key. From then on, calls signed with it are refused.')
    .argument('<app-key>', 'as mtls app-keys list shows it')
    .addOption(yesOption())
    .addHelpText('after', examples('mtls app-keys delete le123.k7Jw'))
  return withConnection(command).action(async (appKey, { yes, ...options }) => {
    const { configApi } = await connect(options, context)
    await confirmDeletion(context, `the app key ${appKey}`, yes)
    // It never changes: there is nothing that an If-Match could keep.
    const deleted = await configApi.deleteAppKey({ appKey })
    context.output.answer(deleted, (key) => `Deleted the app key ${key.appKey} (${key.label}).`)
  })
}
