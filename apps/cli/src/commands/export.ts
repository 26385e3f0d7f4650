import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { connect } from '../http/connection.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'

export function exportCommand(context: CliContext) {
  const command = new Command('export')
    .summary('print the account as a document')
    .description(
      'Prints certificates, trust lists, mappings, app keys and settings of the account as YAML, by name and without keys and secrets. mtls apply takes it back. App keys and settings need a token with the scope mtls:admin.',
    )
    .addHelpText('after', examples('mtls export > account.yaml'))
  return withConnection(command).action(async (options) => {
    const { configApi } = await connect(options, context)
    const { output } = context
    const answer = await configApi.getDocument()
    if (output.json) return output.answer(answer, () => '')
    const { exportedYaml } = await import('../declared/document-yaml.ts')
    output.jsonText(exportedYaml(answer.text))
  })
}
