import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { changeMapping } from '../../http/change-mapping.ts'
import { connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { mappingText } from '../../views/mapping-text.ts'

export function disableMappingCommand(context: CliContext) {
  const command = new Command('disable')
    .summary('make the calls of a mapping fail')
    .description(
      'Disables a mapping: its calls fail with MAPPING_DISABLED until you enable it again. To let them go out without a certificate, delete the mapping.',
    )
    .argument('<mapping>', 'id or name')
    .addHelpText('after', examples('mtls mappings disable my-mapping'))
  return withConnection(command).action(async (mapping, options) => {
    const changed = await changeMapping(await connect(options, context), mapping, { enable: false })
    context.output.answer(changed, mappingText)
  })
}
