import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { findCertificate } from '../../http/find-certificate.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { certificateText } from '../../views/certificate-text.ts'

export function showCertificateCommand(context: CliContext) {
  const command = new Command('show')
    .summary('show a certificate')
    .description('Shows a certificate with its names, usages and chain, and its next and previous versions, if any.')
    .argument('<certificate>', 'id or name')
    .addHelpText('after', examples('mtls certificates show my-client'))
  return withConnection(command).action(async (certificate, options) => {
    const { output } = context
    const found = await findCertificate(await connect(options, context), certificate)
    output.answer(found, (body) => certificateText(body, output.colour))
  })
}
