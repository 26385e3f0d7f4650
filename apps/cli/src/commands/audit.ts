import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { connect } from '../http/connection.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { withPage } from '../options/page-options.ts'
import { auditTable } from '../views/audit-text.ts'
import { showPage } from '../views/page.ts'

export function auditCommand(context: CliContext) {
  const command = new Command('audit')
    .summary('list who changed what in the account')
    .description(
      'Lists who changed what in the account, when and from where, newest first. A page has 100 entries unless --limit says otherwise.',
    )
    .addHelpText('after', examples('mtls audit', 'mtls audit --limit 1000 --json'))
  return withConnection(withPage(command)).action(async ({ limit, cursor, ...options }) => {
    const { configApi } = await connect(options, context)
    showPage(await configApi.listChanges({ query: { limit, cursor } }), context.output, auditTable)
  })
}
