import { Command } from '@commander-js/extra-typings'
import type { Answer } from '@mtls-gateway/client'
import type { CheckedMapping, TokenState } from '@mtls-gateway/contract'
import { paint } from '@mtls-gateway/terminal'
import type { CliContext } from '../cli-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { connect } from '../http/connection.ts'
import { askTargetAccess, withTargetAccess } from '../http/target-access.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { calledServiceOption } from '../options/service-option.ts'
import { readableTime } from '../views/lines.ts'
import { askedAccessLine } from '../views/target-access-text.ts'

export function checkCommand(context: CliContext) {
  const command = new Command('check')
    .summary('ask whether a call would present a certificate')
    .description(
      'Asks forwarder-api whether a call would present a certificate, and config-api whether the gateway may connect to the target. The exit code is 1 if either says no. The target is not called; activate --validate-url and forward do that.',
    )
    .addOption(calledServiceOption())
    .requiredOption('--url <url>', 'the target')
    .addHelpText('after', examples('mtls check --service-name IDP --url https://bank.example/token'))
  return withConnection(command).action(async ({ serviceName, url, ...options }) => {
    const connection = await connect(options, context)
    const { forwarderApi, settings } = connection
    const { output } = context
    const entry = { serviceName, accountId: settings.account, url }
    // By `v` the answer is a list.
    const checked = (await forwarderApi.checkMapping({ query: { v: '2' }, body: [entry] })) as Answer<
      readonly CheckedMapping[]
    >
    const access = await askTargetAccess(connection, serviceName, url)
    const isMapped = checked.body[0]?.doExist === true
    const isRefused = access.body.verdict === 'refused'
    const presents = isMapped && !isRefused
    if (!presents) output.exitCode = exitCodes.refused
    output.answer(withTargetAccess(checked, access), () => {
      const answer = presents
        ? `${paint('yes', 32, output.colour)}: a call presents a certificate.`
        : `${paint('no', 31, output.colour)}: a call presents none.`
      const line = askedAccessLine(access)
      if (!isMapped) return `${answer} mtls explain says why.${isRefused ? `\n${line}` : ''}`
      const { token } = checked.body[0] ?? {}
      return [answer, line, token && tokenLine(token)].filter((each) => each !== undefined).join('\n')
    })
  })
}

/** As the forwarder that was asked knows it. */
function tokenLine({ state, until, error }: TokenState): string {
  if (state === 'held') return `Its token is held${until === undefined ? '' : ` until ${readableTime(until)}`}.`
  if (state === 'none') return 'The next call asks for its token. To ask now: mtls token MAPPING.'
  return `The token endpoint gave no token: ${error?.code}: ${error?.message}`
}
