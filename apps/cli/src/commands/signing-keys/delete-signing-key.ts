import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { confirmDeletion } from '../../input/confirm-deletion.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { yesOption } from '../../options/yes-option.ts'

export function deleteSigningKeyCommand(context: CliContext) {
  const command = new Command('delete')
    .summary('delete a signing key')
    .description('Deletes a signing key: it leaves the key set. One that signs for a mapping is not deleted.')
    .argument('<kid>', 'as mtls signing-keys list shows it')
    .addOption(yesOption())
    .addHelpText('after', examples('mtls signing-keys delete oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U'))
  return withConnection(command).action(async (kid, { yes, ...options }) => {
    const { configApi } = await connect(options, context)
    await confirmDeletion(context, `the signing key ${kid}`, yes)
    const deleted = await configApi.deleteSigningKey({ kid })
    context.output.answer(deleted, (key) => `Deleted the signing key ${key.kid} (${key.use}).`)
  })
}
