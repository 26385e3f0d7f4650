import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { connect } from '../http/connection.ts'
import { certificateId } from '../http/id-by-name.ts'
import { askTargetAccess, withTargetAccess } from '../http/target-access.ts'
import { answerTimeoutOption } from '../options/answer-timeout-option.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { serviceOption } from '../options/service-option.ts'
import { readSignature, withCertificateId, withSignature } from '../options/signature-options.ts'
import { readTargetAuth, withTargetAuth } from '../options/target-auth-options.ts'
import { readTargetTls, withTargetTls } from '../options/target-tls-options.ts'
import { readTargetTrust, withTargetTrust } from '../options/target-trust-options.ts'
import { mappingText } from '../views/mapping-text.ts'
import { askedAccessLine } from '../views/target-access-text.ts'

export function mapCommand(context: CliContext) {
  const command = new Command('map')
    .summary('choose which calls present a certificate')
    .description(
      'Maps a service and a url to a certificate: calls of that service to that url present it. The url is not called. The mapping is saved even if the gateway may not connect to the target, and the output says so. To call the url first, use activate --validate-url.',
    )
    .argument('<certificate>', 'id or name')
    .addOption(serviceOption())
    .requiredOption(
      '--url <url>',
      'the target, including its query; a pattern ends its path in /* or begins its host with *.',
    )
    .requiredOption('--name <name>', 'unique in the account')
    .option('--disabled', 'calls fail until the mapping is enabled')
    .addOption(answerTimeoutOption())
    .addHelpText(
      'after',
      examples(
        'mtls map my-client --service-name IDP --url https://bank.example/token --name my-mapping',
        'mtls map my-client --service-name IDP --url https://bank.example/old --name old --tls-legacy-renegotiation',
        'mtls map my-client --service-name IDP --url https://bank.example/v2/* --name v2 --target-trust bank-ca.pem',
        'mtls map my-client --service-name IDP --url https://bank.example/v3/* --name v3 --trust bank-ca',
        'mtls map my-client --service-name IDP --url https://b.example/ --name b --target-header-file X-Key=key.txt',
      ),
    )
  return withConnection(withSignature(withTargetAuth(withTargetTls(withTargetTrust(command))))).action(
    async (certificate, options) => {
      const { serviceName: serviceId, url, name, disabled, answerTimeout: answerTimeoutSeconds } = options
      const signature = readSignature(options)
      const connection = await connect(options, context)
      const { configApi } = connection
      const certificationId = await certificateId(connection, certificate)
      const targetTrust = await readTargetTrust(context, options)
      const targetTls = readTargetTls(options)
      const targetAuth = await readTargetAuth(context, options)
      const messageSignature = await withCertificateId(connection, signature)
      const enable = disabled !== true
      const ofTarget = { targetTrust, targetTls, targetAuth, messageSignature, answerTimeoutSeconds }
      const mapping = { certificationId, serviceId, url, name, enable, ...ofTarget }
      const saved = await configApi.createMappings({ body: [mapping] })
      const access = await askTargetAccess(connection, serviceId, url)
      const line = askedAccessLine(access)
      context.output.answer(withTargetAccess(saved, access), (mappings) => {
        return [...mappings.map(mappingText), ...(line ? [line] : [])].join('\n\n')
      })
    },
  )
}
