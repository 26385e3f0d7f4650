import { Command, Option } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { CliFailure } from '../cli-failure.ts'
import { connect } from '../http/connection.ts'
import { followCalls } from '../http/follow-calls.ts'
import { mappingId } from '../http/id-by-name.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { withPage } from '../options/page-options.ts'
import { timeOf } from '../options/time-option.ts'
import { callHeading, callLine, callTable } from '../views/call-text.ts'
import { showPage } from '../views/page.ts'

/** How many --follow begins with. */
const usualFirst = 10

export function callsCommand(context: CliContext) {
  const command = new Command('calls')
    .summary('list recent calls through the gateway')
    .description(
      'Lists recent calls through the gateway, newest first: the last 500 that did not succeed, and some of those that did, of the last 7 days. A page has 100 entries unless --limit says otherwise. A call appears within some seconds.',
    )
    .addOption(
      new Option('--outcome <outcome>', 'only these').choices(['succeeded', 'failed', 'refused', 'aborted'] as const),
    )
    .option('--mapping <mapping>', 'only by this mapping: id or name')
    .option('--code <code>', 'only with this code, of the gateway or the transport, such as TIMEOUT')
    .option('--since <time>', 'only from this day or time (RFC 3339)', timeOf)
    .option('--follow', 'show the last ones, oldest first, and then each new one until you stop it')
    .addHelpText(
      'after',
      examples('mtls calls', 'mtls calls --outcome failed --mapping my-mapping', 'mtls calls --follow --json'),
    )
  return withConnection(withPage(command)).action(async (given) => {
    const { limit, cursor, outcome, mapping, code, since, follow, ...options } = given
    if (follow && cursor !== undefined) throw new CliFailure('wrongUse', '--cursor cannot be used with --follow.')
    const connection = await connect(options, context)
    const { output } = context
    const filter = {
      outcome,
      code,
      since: since?.toISOString(),
      mappingId: mapping === undefined ? undefined : Number(await mappingId(connection, mapping)),
    }
    if (!follow) {
      const page = await connection.configApi.listCalls({ query: { ...filter, limit, cursor } })
      return showPage(page, output, callTable)
    }
    if (!output.json) output.text(callHeading())
    for await (const call of followCalls(connection, filter, limit ?? usualFirst)) {
      output.answer({ text: JSON.stringify(call), body: call }, callLine)
    }
  })
}
