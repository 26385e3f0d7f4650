import { Command, Option } from '@commander-js/extra-typings'
import type { CliContext } from '../../cli-context.ts'
import { CliFailure } from '../../cli-failure.ts'
import { changeMapping } from '../../http/change-mapping.ts'
import { connect } from '../../http/connection.ts'
import { certificateId } from '../../http/id-by-name.ts'
import { askTargetAccess, withTargetAccess } from '../../http/target-access.ts'
import { answerTimeoutOption } from '../../options/answer-timeout-option.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import {
  readSignature,
  signatureOptionNames,
  withCertificateId,
  withSignature,
} from '../../options/signature-options.ts'
import { readTargetAuth, targetAuthOptionNames, withTargetAuth } from '../../options/target-auth-options.ts'
import { readTargetTls, targetTlsOptionNames, withTargetTls } from '../../options/target-tls-options.ts'
import { readTargetTrust, withTargetTrust } from '../../options/target-trust-options.ts'
import { mappingText } from '../../views/mapping-text.ts'
import { askedAccessLine } from '../../views/target-access-text.ts'

export function editMappingCommand(context: CliContext) {
  const command = new Command('edit')
    .summary('change a mapping')
    .description(
      'Changes a mapping. What you leave out stays as it is, but the options for the target’s trust replace all of it, and so do those for TLS, those for signatures, and those for what the target wants besides the certificate (but a secret that is not given again stays). The mapping is changed even if the gateway may not connect to a new --url, and the output says so.',
    )
    .argument('<mapping>', 'id or name')
    .option('--name <name>', 'unique in the account')
    .option('--service-name <service>', 'the service that calls, by name or number')
    .option('--url <url>', 'the target, including its query, or a pattern')
    .option('--certificate <certificate>', 'id or name of the certificate to present')
    .addOption(answerTimeoutOption())
    .addOption(
      new Option('--remove-answer-timeout', 'go back to the time that the operator has set').conflicts('answerTimeout'),
    )
    .addHelpText(
      'after',
      examples(
        'mtls mappings edit my-mapping --certificate my-other-client',
        'mtls mappings edit my-mapping --tls-max 1.2 --tls-groups X25519,P-256',
        'mtls mappings edit my-mapping --name bank --url https://bank.example/v2/token',
      ),
    )
  const withTrust = withTargetTrust(command).addOption(
    new Option('--remove-target-trust', 'go back to trusting the well-known CAs for the target').conflicts([
      'targetTrust',
      'trust',
      'targetPin',
      'targetServerName',
    ]),
  )
  const withTls = withTargetTls(withTrust).addOption(
    new Option('--remove-target-tls', 'go back to what is offered to all targets').conflicts(targetTlsOptionNames),
  )
  const withAuth = withTargetAuth(withTls).addOption(
    new Option('--remove-target-auth', 'call the target with the certificate alone').conflicts(targetAuthOptionNames),
  )
  const signed = withSignature(withAuth).addOption(
    new Option('--remove-signature', 'no longer sign requests to the target').conflicts(signatureOptionNames),
  )
  return withConnection(signed).action(async (mapping, options) => {
    const { name, serviceName: serviceId, url, certificate, removeTargetTrust, removeTargetTls } = options
    const answerTimeoutSeconds = options.removeAnswerTimeout ? null : options.answerTimeout
    const targetTrust = removeTargetTrust ? null : await readTargetTrust(context, options)
    const targetTls = removeTargetTls ? null : readTargetTls(options)
    const targetAuth = options.removeTargetAuth ? null : await readTargetAuth(context, options)
    const signature = options.removeSignature ? null : readSignature(options)
    const ofTarget = { targetTrust, targetTls, targetAuth, answerTimeoutSeconds }
    const asked = [name, serviceId, url, certificate, signature, ...Object.values(ofTarget)]
    if (asked.every((field) => field === undefined)) {
      throw new CliFailure('wrongUse', 'Nothing to change: name at least one field (mtls mappings edit --help).')
    }
    const connection = await connect(options, context)
    const messageSignature = await withCertificateId(connection, signature)
    const certificationId = certificate === undefined ? undefined : await certificateId(connection, certificate)
    const changes = { name, serviceId, url, certificationId, messageSignature, ...ofTarget }
    const changed = await changeMapping(connection, mapping, changes)
    if (url === undefined) return context.output.answer(changed, mappingText)
    const access = await askTargetAccess(connection, changed.body.serviceId, changed.body.url)
    const line = askedAccessLine(access)
    context.output.answer(withTargetAccess(changed, access), (body) =>
      [mappingText(body), ...(line ? [line] : [])].join('\n\n'),
    )
  })
}
