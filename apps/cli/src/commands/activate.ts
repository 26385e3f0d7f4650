import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { certificateId } from '../http/id-by-name.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { serviceOption } from '../options/service-option.ts'
import { connect } from '../settings/connection.ts'
import { mappingText } from '../views/mapping-text.ts'

export function activateCommand(context: CliContext) {
  const command = new Command('activate')
    .summary('map a url to a certificate after a call that shows that it works')
    .description(
      'Maps a service and a url to a certificate, under a name that is made of the certificate’s. With --validate-url the url is called with the certificate first; if that fails, nothing is mapped.',
    )
    .argument('<certificate>', 'id or name')
    .addOption(serviceOption())
    .requiredOption('--url <url>', 'the target, query included')
    .option('--validate-url', 'call it first')
    .addHelpText(
      'after',
      examples('mtls activate my-client --service-name IDP --url https://bank.example/token --validate-url'),
    )
  return withConnection(command).action(async (certificate, { serviceName, url, validateUrl, ...options }) => {
    const connection = await connect(options, context)
    const mapped = await connection.configApi.activateCertificate({
      certificateId: await certificateId(connection, certificate),
      query: { isValidateUrlEnabled: validateUrl ? 'true' : 'false' },
      body: { serviceName, url },
    })
    context.output.answer(mapped, mappingText)
  })
}
