import { Command } from '@commander-js/extra-typings'
import type { TokenTest } from '@mtls-gateway/contract'
import { paint } from '@mtls-gateway/terminal'
import type { CliContext } from '../cli-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { connect } from '../http/connection.ts'
import { mappingId } from '../http/id-by-name.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { facts } from '../views/lines.ts'

export function tokenCommand(context: CliContext) {
  const { output } = context
  const command = new Command('token')
    .summary('ask the token endpoint of a mapping for a token')
    .description(
      'Asks the token endpoint of a mapping for a token as a call would, and shows what the endpoint says. The token is not shown, and not kept.',
    )
    .argument('<mapping>', 'id or name')
    .option('--staged', 'ask with the staged version of the certificate, not with the one in use')
    .addHelpText('after', examples('mtls token my-mapping', 'mtls token my-mapping --staged'))
  return withConnection(command).action(async (mapping, { staged, ...options }) => {
    const connection = await connect(options, context)
    const tested = await connection.forwarderApi.testToken({
      mappingId: await mappingId(connection, mapping),
      query: { version: staged ? 'staged' : 'current' },
    })
    if (tested.body.error) output.exitCode = exitCodes.refused
    output.answer(tested, (test) => tokenTestText(test, output.colour))
  })
}

const bindings: Readonly<Record<NonNullable<TokenTest['token']>['binding'], string>> = {
  'presented-certificate': 'the presented certificate',
  'other-certificate': 'another certificate',
  none: 'no certificate',
  opaque: 'not known: the token is no JWT',
}

function tokenTestText(test: TokenTest, colour: boolean): string {
  const { tokenUrl, presentedCertificate, durationMs, tokenEndpoint, token, explanation, error } = test
  const { status, error: name, errorDescription } = tokenEndpoint
  const answer = [status, name, errorDescription].filter((part) => part !== undefined).join(' ')
  return facts([
    ['endpoint', tokenUrl],
    ['certificate', presentedCertificate],
    ['answer', `${answer === '' ? 'none' : answer}, after ${durationMs} ms`],
    ['token', token ? `${token.type}, ${lifetime(token)}` : 'none'],
    ['scope', token?.scope ?? undefined],
    ['bound to', token ? bindings[token.binding] : undefined],
    ['verdict', error ? undefined : explanation],
    ['error', error ? `${paint(error.code, 31, colour)}: ${explanation}` : undefined],
  ])
}

function lifetime({ lifetimeSeconds }: NonNullable<TokenTest['token']>): string {
  return lifetimeSeconds === null ? 'of a lifetime that was not told' : `for ${lifetimeSeconds} s`
}
