import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { findMapping } from '../../http/find-mapping.ts'
import { confirmDeletion } from '../../input/confirm-deletion.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { yesOption } from '../../options/yes-option.ts'
import { changeMappings, mappingIds, mappingsArgument, showChanges } from './change-mappings.ts'

export function deleteMappingCommand(context: CliContext) {
  const command = new Command('delete')
    .summary('delete mappings')
    .description(
      'Deletes mappings. From then on, their calls go out without a client certificate or are refused, depending on the settings of the account. Each mapping that can be deleted is deleted, and the others are named.',
    )
    .argument(...mappingsArgument)
    .addOption(yesOption())
    .addHelpText(
      'after',
      examples('mtls mappings delete my-mapping', 'mtls mappings delete my-mapping my-other-mapping --yes'),
    )
  return withConnection(command).action(async (mappings, { yes, ...options }) => {
    const connection = await connect(options, context)
    const [only = '', ...others] = mappings
    if (others.length > 0) {
      const ids = await mappingIds(connection, mappings)
      await confirmDeletion(context, `these ${ids.length} mappings: ${mappings.join(', ')}`, yes)
      return showChanges(context.output, await changeMappings(connection, ids, { deleted: true }), 'Deleted')
    }
    const { body, etag } = await findMapping(connection, only)
    await confirmDeletion(context, `the mapping "${body.name}" of ${body.url}`, yes)
    const deleted = await connection.configApi.deleteMapping({ mappingId: body.id, ifMatch: etag })
    context.output.answer(deleted, ({ id, name }) => `Deleted the mapping "${name}" (${id}).`)
  })
}
