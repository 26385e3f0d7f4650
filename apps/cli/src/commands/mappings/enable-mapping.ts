import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { mappingText } from '../../views/mapping-text.ts'
import { mappingsArgument, switchMappings } from './change-mappings.ts'

export function enableMappingCommand(context: CliContext) {
  const command = new Command('enable')
    .summary('let calls use mappings again')
    .description('Enables mappings: calls present their certificates again.')
    .argument(...mappingsArgument)
    .addHelpText(
      'after',
      examples('mtls mappings enable my-mapping', 'mtls mappings enable my-mapping my-other-mapping'),
    )
  return withConnection(command).action(async (mappings, options) => {
    const connection = await connect(options, context)
    await switchMappings(connection, context.output, mappings, { enable: true, render: mappingText })
  })
}
