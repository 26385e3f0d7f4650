import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { settingsText } from '../../views/settings-text.ts'

export function showSettingsCommand(context: CliContext) {
  const command = new Command('show')
    .summary('show the settings of the account')
    .description('Shows the settings of the account, without the secret of its webhook.')
    .addHelpText('after', examples('mtls settings show'))
  return withConnection(command).action(async (options) => {
    const { configApi } = await connect(options, context)
    context.output.answer(await configApi.getSettings(), settingsText)
  })
}
