import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { findCertificate } from '../../http/find-certificate.ts'
import { confirmDeletion } from '../../input/confirm-deletion.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { yesOption } from '../../options/yes-option.ts'
import { connect } from '../../settings/connection.ts'
import { certificateText } from '../../views/certificate-text.ts'

export function dropStagedCommand(context: CliContext) {
  const command = new Command('drop-staged')
    .summary('delete the next version of a certificate')
    .description(
      'Deletes the next version of a certificate, which rotate or csr --renew has staged, with its key. The version in use stays.',
    )
    .argument('<certificate>', 'id or name')
    .addOption(yesOption())
    .addHelpText('after', examples('mtls certificates drop-staged my-client'))
  return withConnection(command).action(async (certificate, { yes, ...options }) => {
    const connection = await connect(options, context)
    const { body, etag } = await findCertificate(connection, certificate)
    await confirmDeletion(context, `the staged version of the certificate "${body.name}"`, yes)
    const dropped = await connection.configApi.dropStaged({ certificateId: body.id, ifMatch: etag ?? undefined })
    const { output } = context
    output.answer(dropped, (left) => certificateText(left, output.colour))
  })
}
