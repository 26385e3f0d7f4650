import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { certificateId } from '../http/id-by-name.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { serviceOption } from '../options/service-option.ts'
import { readTargetTrust, withTargetTrust } from '../options/target-trust-options.ts'
import { connect } from '../settings/connection.ts'
import { mappingText } from '../views/mapping-text.ts'

export function activateCommand(context: CliContext) {
  const command = new Command('activate')
    .summary('map a url to a certificate after a call that shows that it works')
    .description(
      'Maps a service and a url to a certificate, under a name that is made of the certificate’s. With --validate-url the url is called with the certificate first; if that fails, nothing is mapped. The options of the target’s trust replace what a mapping that is there already has.',
    )
    .argument('<certificate>', 'id or name')
    .addOption(serviceOption())
    .requiredOption('--url <url>', 'the target, query included')
    .option('--validate-url', 'call it first')
    .addHelpText(
      'after',
      examples('mtls activate my-client --service-name IDP --url https://bank.example/token --validate-url'),
    )
  return withConnection(withTargetTrust(command)).action(async (certificate, options) => {
    const { serviceName, url, validateUrl } = options
    const targetTrust = await readTargetTrust(context, options)
    const connection = await connect(options, context)
    const mapped = await connection.configApi.activateCertificate({
      certificateId: await certificateId(connection, certificate),
      query: { isValidateUrlEnabled: validateUrl ? 'true' : 'false' },
      body: { serviceName, url, targetTrust },
    })
    context.output.answer(mapped, mappingText)
  })
}
