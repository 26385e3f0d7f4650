import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { exitCodes } from '../../exit-codes.ts'
import { connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { webhookTestText } from '../../views/webhook-test-text.ts'

export function testNoticeCommand(context: CliContext) {
  const { output } = context
  const command = new Command('test')
    .summary('send a test notice')
    .description('Sends a test notice to somebody who is told, and shows what came of it.')
    .argument('<id>', 'as mtls notices list shows it')
    .addHelpText('after', examples('mtls notices test kVw7tEn0ZJqf3v0gkWq2mU'))
  return withConnection(command).action(async (noticeId, options) => {
    const { configApi } = await connect(options, context)
    const tested = await configApi.testNotice({ noticeId })
    if (!tested.body.delivered) output.exitCode = exitCodes.refused
    output.answer(tested, (test) => webhookTestText(test, output.colour))
  })
}
