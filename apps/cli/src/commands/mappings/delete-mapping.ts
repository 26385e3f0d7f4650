import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { findMapping } from '../../http/find-mapping.ts'
import { confirmDeletion } from '../../input/confirm-deletion.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { yesOption } from '../../options/yes-option.ts'

export function deleteMappingCommand(context: CliContext) {
  const command = new Command('delete')
    .summary('delete a mapping')
    .description(
      'Deletes a mapping. From then on, its calls go out without a client certificate or are refused, depending on the settings of the account.',
    )
    .argument('<mapping>', 'id or name')
    .addOption(yesOption())
    .addHelpText('after', examples('mtls mappings delete my-mapping'))
  return withConnection(command).action(async (mapping, { yes, ...options }) => {
    const connection = await connect(options, context)
    const { body, etag } = await findMapping(connection, mapping)
    await confirmDeletion(context, `the mapping "${body.name}" of ${body.url}`, yes)
    const deleted = await connection.configApi.deleteMapping({ mappingId: body.id, ifMatch: etag })
    context.output.answer(deleted, ({ id, name }) => `Deleted the mapping "${name}" (${id}).`)
  })
}
