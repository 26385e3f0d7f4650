import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { findCertificate } from '../../http/find-certificate.ts'
import { confirmDeletion } from '../../input/confirm-deletion.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { yesOption } from '../../options/yes-option.ts'

export function deleteCertificateCommand(context: CliContext) {
  const command = new Command('delete')
    .summary('delete a certificate with its key')
    .description('Deletes a certificate that no mapping uses, with its key and all its versions.')
    .argument('<certificate>', 'id or name')
    .addOption(yesOption())
    .addHelpText('after', examples('mtls certificates delete my-client'))
  return withConnection(command).action(async (certificate, { yes, ...options }) => {
    const connection = await connect(options, context)
    const { body, etag } = await findCertificate(connection, certificate)
    await confirmDeletion(context, `the certificate "${body.name}" (${body.subject}) with its key`, yes)
    const deleted = await connection.configApi.deleteCertificate({ certificateId: body.id, ifMatch: etag })
    context.output.answer(deleted, ({ id, name }) => `Deleted the certificate "${name}" (${id}).`)
  })
}
