import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { mappingText } from '../../views/mapping-text.ts'
import { mappingsArgument, switchMappings } from './change-mappings.ts'

export function disableMappingCommand(context: CliContext) {
  const command = new Command('disable')
    .summary('make the calls of mappings fail')
    .description(
      'Disables mappings: their calls fail with MAPPING_DISABLED until you enable them again. To let them go out without a certificate, delete the mappings. Each mapping that can be changed is changed, and the others are named.',
    )
    .argument(...mappingsArgument)
    .addHelpText(
      'after',
      examples(
        'mtls mappings disable my-mapping',
        "mtls mappings list --certificate my-client --json | jq '.[].id' | xargs mtls mappings disable",
      ),
    )
  return withConnection(command).action(async (mappings, options) => {
    const connection = await connect(options, context)
    await switchMappings(connection, context.output, mappings, { enable: false, render: mappingText })
  })
}
