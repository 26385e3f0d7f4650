import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { withPage } from '../../options/page-options.ts'
import { showPage } from '../../views/page.ts'
import { signingKeyTable } from '../../views/signing-key-text.ts'

export function listSigningKeysCommand(context: CliContext) {
  const command = new Command('list')
    .summary('list the signing keys')
    .description('Lists all signing keys of the account, or a page of them with --limit. It shows no private keys.')
    .addHelpText('after', examples('mtls signing-keys list'))
  return withConnection(withPage(command)).action(async ({ limit, cursor, ...options }) => {
    const { configApi } = await connect(options, context)
    const page = await configApi.listSigningKeys({ query: { limit, cursor } })
    showPage(page, context.output, signingKeyTable, 'signing keys')
  })
}

export function jwksCommand(context: CliContext) {
  const command = new Command('jwks')
    .summary('print the key set')
    .description(
      'Prints the public keys as a JWK set, for owners of targets who register keys by hand. Others fetch it from the gateway, after mtls settings set --publish-keys yes.',
    )
    .addHelpText('after', examples('mtls signing-keys jwks > jwks.json'))
  return withConnection(command).action(async (options) => {
    const { configApi } = await connect(options, context)
    const listed = await configApi.listSigningKeys()
    const body = { keys: listed.body.map(({ jwk }) => jwk) }
    context.output.answer({ ...listed, body, text: JSON.stringify(body) }, (jwks) => JSON.stringify(jwks, null, 2))
  })
}
