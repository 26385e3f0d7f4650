import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { connect } from '../http/connection.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { callerText } from '../views/caller-text.ts'

export function whoamiCommand(context: CliContext) {
  const command = new Command('whoami')
    .summary('show what your credentials are good for')
    .description('Shows whose your credentials are, for which accounts and scopes, and when they expire.')
    .addHelpText('after', examples('mtls whoami', 'mtls whoami --json'))
  return withConnection(command).action(async (options) => {
    const { configApi } = await connect(options, context)
    context.output.answer(await configApi.whoAmI(), callerText)
  })
}
