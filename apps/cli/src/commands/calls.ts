import { Command, Option } from '@commander-js/extra-typings'
import { entriesByIds } from '@mtls-gateway/client'
import type { RecentCall } from '@mtls-gateway/contract'
import type { CliContext } from '../cli-context.ts'
import { CliFailure } from '../cli-failure.ts'
import { type Connection, connect } from '../http/connection.ts'
import { followCalls } from '../http/follow-calls.ts'
import { mappingId } from '../http/id-by-name.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { withPage } from '../options/page-options.ts'
import { timeOf } from '../options/time-option.ts'
import { type CallNames, callFacts, callHeading, callLine, callMeanings, callTable } from '../views/call-text.ts'
import { showPage } from '../views/page.ts'

/** How many --follow begins with. */
const usualFirst = 10

export function callsCommand(context: CliContext) {
  const command = new Command('calls')
    .summary('list recent calls through the gateway')
    .description(
      'Lists recent calls through the gateway, newest first: the last 500 that did not succeed, and some of those that did, of the last 7 days. A page has 100 entries unless --limit says otherwise. A call appears within some seconds. A terminal shows one line for each, cut at its width. Below, stderr says what their codes mean.',
    )
    .addOption(
      new Option('--outcome <outcome>', 'only these').choices(['succeeded', 'failed', 'refused', 'aborted'] as const),
    )
    .option('--mapping <mapping>', 'only by this mapping: id or name')
    .option('--url <url>', 'only to this url and what is below it, with https:// or without')
    .option('--request-id <id>', 'only this call, with all that is known of it')
    .option('--code <code>', 'only with this code, of the gateway or the transport, such as TIMEOUT')
    .option('--since <time>', 'only from this day or time (RFC 3339)', timeOf)
    .option('--until <time>', 'only before this day or time (RFC 3339)', timeOf)
    .option('--follow', 'show the last ones, oldest first, and then each new one until you stop it')
    .addHelpText(
      'after',
      examples(
        'mtls calls',
        'mtls calls --outcome failed --mapping my-mapping',
        'mtls calls --url https://bank.example/ --since 2026-01-31',
        'mtls calls --follow --json',
      ),
    )
  return withConnection(withPage(command)).action(async (given) => {
    const { limit, cursor, outcome, mapping, code, since, until, follow, url, requestId, ...options } = given
    if (follow && cursor !== undefined) throw new CliFailure('wrongUse', '--cursor cannot be used with --follow.')
    const connection = await connect(options, context)
    const { output } = context
    const filter = {
      ...{ outcome, code, url, requestId, since: since?.toISOString(), until: until?.toISOString() },
      mappingId: mapping === undefined ? undefined : Number(await mappingId(connection, mapping)),
    }
    const names = new NamesOfCalls(connection, output.json)
    const width = output.stdout.isTTY ? output.stdout.columns : undefined
    if (!follow) {
      const page = await connection.configApi.listCalls({ query: { ...filter, limit, cursor } })
      const known = await names.of(page.body)
      const [only] = page.body
      if (requestId !== undefined && only) return showPage(page, output, () => callFacts(only, known))
      showPage(page, output, (calls) => callTable(calls, known, width))
      const meanings = output.json ? undefined : callMeanings(page.body)
      if (meanings !== undefined) output.complain(meanings)
      return
    }
    if (!output.json) output.text(callHeading(width))
    for await (const call of followCalls(connection, filter, limit ?? usualFirst)) {
      const known = await names.of([call])
      output.answer({ text: JSON.stringify(call), body: call }, (shown) => callLine(shown, known, width))
    }
  })
}

/** Asks for the names of what calls have used, each once. */
class NamesOfCalls {
  readonly #connection: Connection
  readonly #isJson: boolean
  /** By id; undefined while it is asked for, and where it has none any more. */
  readonly #mappings = new Map<number, string | undefined>()
  readonly #certificates = new Map<number, string | undefined>()

  /** @param isJson nothing is asked, as ids are what is printed */
  constructor(connection: Connection, isJson: boolean) {
    this.#connection = connection
    this.#isJson = isJson
  }

  async of(calls: readonly RecentCall[]): Promise<CallNames> {
    const names = { mappings: this.#mappings, certificates: this.#certificates }
    if (this.#isJson) return names
    const { listMappings, listCertificates } = this.#connection.configApi
    await Promise.all([
      addNames(
        this.#mappings,
        calls.map(({ mappingId: id }) => id),
        (ids) => entriesByIds(listMappings, ids),
      ),
      addNames(
        this.#certificates,
        calls.map(({ certificateId }) => certificateId),
        (ids) => entriesByIds(listCertificates, ids),
      ),
    ])
    return names
  }
}

type Named = readonly { readonly id: number; readonly name: string }[]

async function addNames(
  known: Map<number, string | undefined>,
  ids: readonly (number | undefined)[],
  ask: (ids: readonly number[]) => Promise<Named>,
): Promise<void> {
  const unknown = ids.flatMap((id) => (id === undefined || known.has(id) ? [] : [id]))
  for (const id of unknown) known.set(id, undefined)
  for (const { id, name } of await ask(unknown)) known.set(id, name)
}
