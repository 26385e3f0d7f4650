import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { noticeTable } from '../../views/notice-text.ts'

export function listNoticesCommand(context: CliContext) {
  const command = new Command('list')
    .summary('list who is told')
    .description(
      'Lists who is told what happens in the account. Of a url it shows where it is: its path may have a token.',
    )
    .addHelpText('after', examples('mtls notices list'))
  return withConnection(command).action(async (options) => {
    const { configApi } = await connect(options, context)
    context.output.answer(await configApi.getSettings(), noticeTable)
  })
}
