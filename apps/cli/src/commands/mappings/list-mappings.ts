import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { withPage } from '../../options/page-options.ts'
import { mappingTable } from '../../views/mapping-text.ts'
import { showPage } from '../../views/page.ts'

export function listMappingsCommand(context: CliContext) {
  const command = new Command('list')
    .summary('list the mappings')
    .description('Lists all mappings of the account, or a page of them with --limit.')
    .addHelpText('after', examples('mtls mappings list', 'mtls mappings list --limit 100'))
  return withConnection(withPage(command)).action(async ({ limit, cursor, ...options }) => {
    const { configApi } = await connect(options, context)
    showPage(await configApi.listMappings({ query: { limit, cursor } }), context.output, mappingTable)
  })
}
