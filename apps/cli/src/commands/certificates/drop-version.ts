import { Command } from '@commander-js/extra-typings'
import type { Answer, ConfigApiClient } from '@mtls-gateway/client'
import type { Certificate } from '@mtls-gateway/contract'
import type { CliContext } from '../../cli-context.ts'
import { connect } from '../../http/connection.ts'
import { findCertificate } from '../../http/find-certificate.ts'
import { confirmDeletion } from '../../input/confirm-deletion.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { yesOption } from '../../options/yes-option.ts'
import { certificateText } from '../../views/certificate-text.ts'

interface IdleVersion {
  readonly name: 'drop-staged' | 'drop-previous'
  readonly summary: string
  readonly description: string
  /** As the question before it is deleted calls it. */
  readonly version: string
  readonly drop: (
    configApi: ConfigApiClient,
    request: { readonly certificateId: number; readonly ifMatch: string | null },
  ) => Promise<Answer<Certificate>>
}

export const dropStagedCommand = dropCommand({
  name: 'drop-staged',
  summary: 'delete the next version of a certificate',
  description: 'Deletes the version that rotate or csr --renew has staged, with its key. The version in use stays.',
  version: 'staged version',
  drop: (configApi, request) => configApi.dropStaged(request),
})

export const dropPreviousCommand = dropCommand({
  name: 'drop-previous',
  summary: 'delete the previous version of a certificate',
  description:
    'Deletes the previous version of a certificate, with its key. After that, rotate --rollback has nothing to go back to.',
  version: 'previous version',
  drop: (configApi, request) => configApi.dropPrevious(request),
})

function dropCommand({ name, summary, description, version, drop }: IdleVersion) {
  return (context: CliContext) => {
    const command = new Command(name)
      .summary(summary)
      .description(description)
      .argument('<certificate>', 'id or name')
      .addOption(yesOption())
      .addHelpText('after', examples(`mtls certificates ${name} my-client`))
    return withConnection(command).action(async (certificate, { yes, ...options }) => {
      const connection = await connect(options, context)
      const { body, etag } = await findCertificate(connection, certificate)
      await confirmDeletion(context, `the ${version} of the certificate "${body.name}"`, yes)
      const dropped = await drop(connection.configApi, { certificateId: body.id, ifMatch: etag })
      const { output } = context
      output.answer(dropped, (left) => certificateText(left, output.colour))
    })
  }
}
