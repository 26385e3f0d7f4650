import { Command, Option } from '@commander-js/extra-typings'
import { signingAlgorithms, signingKeyUses } from '@mtls-gateway/contract/choices'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { signingKeyText } from '../../views/signing-key-text.ts'

export function createSigningKeyCommand(context: CliContext) {
  const command = new Command('create')
    .summary('create a signing key')
    .description(
      'Has the gateway make a key, whose private part never leaves it. The first key of a use signs at once; activate another one when everybody has the new key set.',
    )
    .addOption(
      new Option('--use <use>', 'what it signs: assertions for token endpoints (private_key_jwt), or requests')
        .choices(signingKeyUses)
        .default('client-authentication' as const),
    )
    .addOption(new Option('--algorithm <name>', 'as JWS names it; ES256 unless given').choices(signingAlgorithms))
    .addHelpText(
      'after',
      examples('mtls signing-keys create', 'mtls signing-keys create --use message-signature --algorithm PS256'),
    )
  return withConnection(command).action(async ({ use, algorithm, ...options }) => {
    const { configApi } = await connect(options, context)
    const created = await configApi.createSigningKey({ body: { use, algorithm } })
    context.output.answer(created, signingKeyText)
  })
}
