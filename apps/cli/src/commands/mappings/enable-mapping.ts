import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { changeMapping } from '../../http/change-mapping.ts'
import { connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { mappingText } from '../../views/mapping-text.ts'

export function enableMappingCommand(context: CliContext) {
  const command = new Command('enable')
    .summary('let calls use a mapping again')
    .description('Enables a mapping: calls present its certificate again.')
    .argument('<mapping>', 'id or name')
    .addHelpText('after', examples('mtls mappings enable my-mapping'))
  return withConnection(command).action(async (mapping, options) => {
    const changed = await changeMapping(await connect(options, context), mapping, { enable: true })
    context.output.answer(changed, mappingText)
  })
}
