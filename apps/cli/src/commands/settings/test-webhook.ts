import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { exitCodes } from '../../exit-codes.ts'
import { connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { webhookTestText } from '../../views/webhook-test-text.ts'

export function testWebhookCommand(context: CliContext) {
  const { output } = context
  const command = new Command('test-webhook')
    .summary('send a test message to the webhook')
    .description(
      'Sends a message of the type `test` to the webhook of the account, signed like every other, and shows what the webhook answers.',
    )
    .addHelpText('after', examples('mtls settings test-webhook'))
  return withConnection(command).action(async (options) => {
    const { configApi } = await connect(options, context)
    const tested = await configApi.testWebhook()
    if (!tested.body.delivered) output.exitCode = exitCodes.refused
    output.answer(tested, (test) => webhookTestText(test, output.colour))
  })
}
