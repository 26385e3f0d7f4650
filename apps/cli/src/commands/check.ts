import { Command } from '@commander-js/extra-typings'
import type { CheckedMapping } from '@mtls-gateway/contract'
import { paint } from '@mtls-gateway/terminal'
import type { CliContext } from '../cli-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { serviceOption } from '../options/service-option.ts'
import { connect } from '../settings/connection.ts'

export function checkCommand(context: CliContext) {
  const command = new Command('check')
    .summary('ask whether a call would present a certificate')
    .description(
      'Asks forwarder-api whether a call would present a certificate. Exit code 1 if it would not. Nothing is called, so it says nothing of whether the gateway may connect to the target and reaches it: activate --validate-url and forward do.',
    )
    .addOption(serviceOption())
    .requiredOption('--url <url>', 'the target')
    .addHelpText('after', examples('mtls check --service-name IDP --url https://bank.example/token'))
  return withConnection(command).action(async ({ serviceName, url, ...options }) => {
    const { forwarderApi, settings } = await connect(options, context)
    const { output } = context
    const entry = { serviceName, accountId: settings.account, url }
    const checked = await forwarderApi.checkMapping({ query: { v: '2' }, body: [entry] })
    // By `v` the answer is a list.
    const [asked] = checked.body as readonly CheckedMapping[]
    const isThere = asked?.doExist === true
    if (!isThere) output.exitCode = exitCodes.refused
    output.answer(checked, () =>
      isThere
        ? `${paint('yes', 32, output.colour)}: a call presents a certificate.`
        : `${paint('no', 31, output.colour)}: a call presents none. mtls explain says why.`,
    )
  })
}
