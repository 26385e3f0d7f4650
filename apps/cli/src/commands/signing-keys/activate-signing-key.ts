import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { signingKeyText } from '../../views/signing-key-text.ts'

export function activateSigningKeyCommand(context: CliContext) {
  const command = new Command('activate')
    .summary('sign with another key')
    .description(
      'Signs with this key from now on. The one that did retires: it stays in the key set until you delete it, and can be activated again.',
    )
    .argument('<kid>', 'as mtls signing-keys list shows it')
    .addHelpText('after', examples('mtls signing-keys activate oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U'))
  return withConnection(command).action(async (kid, options) => {
    const { configApi } = await connect(options, context)
    context.output.answer(await configApi.activateSigningKey({ kid }), signingKeyText)
  })
}
