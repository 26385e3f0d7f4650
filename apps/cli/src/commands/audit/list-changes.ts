import { Command } from '@commander-js/extra-typings'
import { safeText } from '@mtls-gateway/terminal'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { findChanges } from '../../http/find-changes.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { withPage } from '../../options/page-options.ts'
import { timeOf } from '../../options/time-option.ts'
import { auditTable } from '../../views/audit-text.ts'
import { showPage } from '../../views/page.ts'

/** As many as a page has. */
const usualEntries = 100

export function listChangesCommand(context: CliContext) {
  const command = new Command('list')
    .summary('list who changed what in the account')
    .description(
      'Lists who changed what in the account, when and from where, newest first. A page has 100 entries unless --limit says otherwise. With --action, --actor, --subject, --since or --until it lists the newest changes that fit, which can take some requests.',
    )
    .option('--action <action>', 'only this, such as mappings.update, or mappings.* for all of that kind')
    .option('--actor <actor>', "only by this app key, or this token's subject")
    .option('--subject <subject>', 'only of what has this in its id or name, or of too many to name each')
    .option('--since <time>', 'only from this day or time (RFC 3339)', timeOf)
    .option('--until <time>', 'only before this day or time (RFC 3339)', timeOf)
    .addHelpText(
      'after',
      examples(
        'mtls audit',
        'mtls audit list --action "certificates.*" --since 2026-01-31',
        'mtls audit list --limit 1000 --json',
      ),
    )
  return withConnection(withPage(command)).action(async (given) => {
    const { limit, cursor, action, actor, subject, since, until, ...options } = given
    const { configApi } = await connect(options, context)
    const { output } = context
    const filter = { action, actor, subject, since: since?.toISOString(), until: until?.toISOString() }
    if (Object.values(filter).every((value) => value === undefined)) {
      return showPage(await configApi.listChanges({ query: { limit, cursor } }), output, auditTable)
    }
    const found = await findChanges(configApi, { ...filter, cursor }, limit ?? usualEntries)
    const { entries } = found
    output.answer({ text: JSON.stringify(entries), body: entries }, auditTable)
    if (found.cursor === undefined) return
    output.complain(`There may be more: repeat the command with --cursor ${safeText(found.cursor)}.`)
  })
}
