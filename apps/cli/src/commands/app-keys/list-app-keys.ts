import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { withPage } from '../../options/page-options.ts'
import { appKeyTable } from '../../views/app-key-text.ts'
import { showPage } from '../../views/page.ts'

export function listAppKeysCommand(context: CliContext) {
  const command = new Command('list')
    .summary('list the app keys')
    .description('Lists all app keys of the account, or a page of them with --limit. It shows no secrets.')
    .addHelpText('after', examples('mtls app-keys list'))
  return withConnection(withPage(command)).action(async ({ limit, cursor, ...options }) => {
    const { configApi } = await connect(options, context)
    showPage(await configApi.listAppKeys({ query: { limit, cursor } }), context.output, appKeyTable, 'app keys')
  })
}
