import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { examples } from '../options/examples.ts'

export function schemaCommand(context: CliContext) {
  return new Command('schema')
    .summary('print the JSON Schema of a document')
    .description(
      'Prints the JSON Schema of the documents that mtls apply takes, for editors. An editor with a YAML language server uses it for files whose first line is: # yaml-language-server: $schema=account.schema.json',
    )
    .addHelpText('after', examples('mtls schema > account.schema.json'))
    .action(async () => {
      const { accountFileSchemaText } = await import('@mtls-gateway/contract/account-file-schema')
      context.output.jsonText(accountFileSchemaText())
    })
}
