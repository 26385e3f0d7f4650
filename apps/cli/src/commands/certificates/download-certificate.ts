import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { certificateId } from '../../http/id-by-name.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'

export function downloadCertificateCommand(context: CliContext) {
  const command = new Command('download')
    .summary('print a certificate with its chain as PEM')
    .description(
      'Prints a certificate with its chain as PEM on stdout, even with --json. Its private key never leaves the gateway.',
    )
    .argument('<certificate>', 'id or name')
    .addHelpText('after', examples('mtls certificates download my-client > client.pem'))
  return withConnection(command).action(async (certificate, options) => {
    const connection = await connect(options, context)
    const { text } = await connection.configApi.downloadCertificate({
      certificateId: await certificateId(connection, certificate),
    })
    context.output.text(text.trimEnd())
  })
}
