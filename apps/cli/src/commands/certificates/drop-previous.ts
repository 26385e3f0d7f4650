import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { findCertificate } from '../../http/find-certificate.ts'
import { confirmDeletion } from '../../input/confirm-deletion.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { yesOption } from '../../options/yes-option.ts'
import { connect } from '../../settings/connection.ts'
import { certificateText } from '../../views/certificate-text.ts'

export function dropPreviousCommand(context: CliContext) {
  const command = new Command('drop-previous')
    .summary('delete the previous version of a certificate')
    .description(
      'Deletes the previous version of a certificate with its key, so that rotate --rollback has nothing to go back to.',
    )
    .argument('<certificate>', 'id or name')
    .addOption(yesOption())
    .addHelpText('after', examples('mtls certificates drop-previous my-client'))
  return withConnection(command).action(async (certificate, { yes, ...options }) => {
    const connection = await connect(options, context)
    const { body, etag } = await findCertificate(connection, certificate)
    await confirmDeletion(context, `the previous version of the certificate "${body.name}"`, yes)
    const dropped = await connection.configApi.dropPrevious({ certificateId: body.id, ifMatch: etag ?? undefined })
    const { output } = context
    output.answer(dropped, (left) => certificateText(left, output.colour))
  })
}
