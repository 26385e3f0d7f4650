import { Command, Option } from '@commander-js/extra-typings'
import { mappingsCsv } from '@mtls-gateway/client'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { certificateId } from '../../http/id-by-name.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { sortOf, withPage, withSort } from '../../options/page-options.ts'
import { mappingTable } from '../../views/mapping-text.ts'
import { asCsv, showPage } from '../../views/page.ts'

export function listMappingsCommand(context: CliContext) {
  const command = new Command('list')
    .summary('list the mappings')
    .description(
      'Lists the mappings of the account, by name unless --sort says otherwise, or a page of them with --limit.',
    )
    .option('--search <text>', 'only mappings with this in their name or url')
    .option('--service-name <service>', 'only mappings of this service: name or number')
    .option('--certificate <certificate>', 'only mappings to this certificate: id or name')
    .option('--enabled', 'only mappings that are enabled')
    .addOption(new Option('--disabled', 'only mappings that are disabled').conflicts('enabled'))
    .addHelpText(
      'after',
      examples(
        'mtls mappings list',
        'mtls mappings list --limit 100',
        'mtls mappings list --search bank --disabled',
        'mtls mappings list --sort last-used --csv > mappings.csv',
      ),
    )
  return withConnection(withPage(withSort(command, 'their certificates expire'))).action(async (given) => {
    const { search, serviceName, certificate, enabled, disabled, limit, cursor, sort, reverse, csv, ...options } = given
    const connection = await connect(options, context)
    const query = {
      search,
      service: serviceName,
      certificateId: certificate === undefined ? undefined : Number(await certificateId(connection, certificate)),
      enable: enabled ? ('true' as const) : disabled ? ('false' as const) : undefined,
      ...{ limit, cursor, sort: sortOf(sort, reverse) },
    }
    const page = await connection.configApi.listMappings({ query })
    showPage(page, context.output, csv ? asCsv(mappingsCsv) : mappingTable, 'mappings')
  })
}
