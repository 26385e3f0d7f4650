import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { findMapping } from '../../http/find-mapping.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { mappingText } from '../../views/mapping-text.ts'

export function showMappingCommand(context: CliContext) {
  const command = new Command('show')
    .summary('show a mapping')
    .description('Shows a mapping.')
    .argument('<mapping>', 'id or name')
    .addHelpText('after', examples('mtls mappings show my-mapping'))
  return withConnection(command).action(async (mapping, options) => {
    context.output.answer(await findMapping(await connect(options, context), mapping), mappingText)
  })
}
