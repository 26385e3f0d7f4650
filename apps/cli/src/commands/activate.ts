import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { connect } from '../http/connection.ts'
import { certificateId } from '../http/id-by-name.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { serviceOption } from '../options/service-option.ts'
import { readTargetTls, withTargetTls } from '../options/target-tls-options.ts'
import { readTargetTrust, withTargetTrust } from '../options/target-trust-options.ts'
import { mappingText } from '../views/mapping-text.ts'

export function activateCommand(context: CliContext) {
  const command = new Command('activate')
    .summary('call a url with a certificate, and map it if that works')
    .description(
      'Maps a service and a url to a certificate; the mapping’s name is made from the certificate’s. With --validate-url, the url is called with the certificate first, and nothing is mapped if that fails. If the url is already mapped to the certificate, the options for the target’s trust, and those for TLS, replace those of the mapping.',
    )
    .argument('<certificate>', 'id or name')
    .addOption(serviceOption())
    .requiredOption('--url <url>', 'the target, including its query')
    .option('--validate-url', 'call the url first')
    .addHelpText(
      'after',
      examples('mtls activate my-client --service-name IDP --url https://bank.example/token --validate-url'),
    )
  return withConnection(withTargetTls(withTargetTrust(command))).action(async (certificate, options) => {
    const { serviceName, url, validateUrl } = options
    const targetTrust = await readTargetTrust(context, options)
    const connection = await connect(options, context)
    const mapped = await connection.configApi.activateCertificate({
      certificateId: await certificateId(connection, certificate),
      query: { isValidateUrlEnabled: validateUrl ? 'true' : 'false' },
      body: { serviceName, url, targetTrust, targetTls: readTargetTls(options) },
    })
    context.output.answer(mapped, mappingText)
  })
}
