import { Command, Option } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { connect } from '../http/connection.ts'
import { certificateId } from '../http/id-by-name.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { readTargetTls, withTargetTls } from '../options/target-tls-options.ts'
import { readTargetTrust, withTargetTrust } from '../options/target-trust-options.ts'
import { trialText } from '../views/target-call-text.ts'

const methods = ['HEAD', 'GET', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

export function tryCommand(context: CliContext) {
  const { output } = context
  const command = new Command('try')
    .summary('call a url with a stored certificate, without mapping it')
    .description(
      'Calls a url with a certificate of the account, and shows the handshake and whether the target accepts the certificate. Nothing is mapped or stored. Without options for the target’s trust, or for TLS, the mapping of the url says them, if there is one.',
    )
    .argument('<certificate>', 'id or name')
    .argument('<url>', 'the target, including its query')
    .option('--staged', 'try the staged version, not the one in use')
    .addOption(new Option('--method <method>', 'the method').choices(methods).default('HEAD' as const))
    .addHelpText(
      'after',
      examples(
        'mtls try my-client https://bank.example/token',
        'mtls try my-client https://bank.example/token --staged --target-trust bank-ca.pem',
      ),
    )
  return withConnection(withTargetTls(withTargetTrust(command))).action(
    async (certificate, url, { staged, method, ...options }) => {
      const targetTrust = await readTargetTrust(context, options)
      const connection = await connect(options, context)
      const tried = await connection.configApi.tryCertificate({
        certificateId: await certificateId(connection, certificate),
        body: { url, method, targetTrust, targetTls: readTargetTls(options), version: staged ? 'staged' : 'current' },
      })
      if (tried.body.error) output.exitCode = exitCodes.refused
      output.answer(tried, (trial) => trialText(url, trial, output.colour))
    },
  )
}
