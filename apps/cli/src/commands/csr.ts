import { Command, Option } from '@commander-js/extra-typings'
import { requestKeyTypes } from '@mtls-gateway/contract/choices'
import type { CliContext } from '../cli-context.ts'
import { CliFailure } from '../cli-failure.ts'
import { connect } from '../http/connection.ts'
import { certificateId } from '../http/id-by-name.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { repeatable } from '../options/repeatable.ts'
import { certificateText } from '../views/certificate-text.ts'

export function csrCommand(context: CliContext) {
  const command = new Command('csr')
    .summary('make a key that never leaves the gateway, and a signing request for it')
    .description(
      'Makes a key that never leaves the gateway, and prints a certificate signing request (PKCS#10) for it on stdout. Store what the CA issues with upload --signed-for. With --renew, the key is for the next version of a certificate; subject and names default to those of the version in use.',
    )
    .addOption(new Option('--name <name>', 'name of the new certificate, unique in the account').conflicts('renew'))
    .option('--renew <certificate>', 'id or name of the certificate to renew')
    .addOption(new Option('--key-type <type>', 'type of the key; default: RSA-2048').choices(requestKeyTypes))
    .option('--common-name <text>', 'CN of the subject')
    .option('--organization <text>', 'O')
    .option('--organizational-unit <text>', 'OU')
    .option('--locality <text>', 'L')
    .option('--state <text>', 'ST')
    .option('--country <code>', 'C, two letters')
    .addOption(repeatable('--subject-alt-name <name>', 'host, address, mail address or URI', String))
    .addHelpText(
      'after',
      examples(
        'mtls csr --name my-client --key-type EC-P256 --common-name client.example > client.csr',
        'mtls csr --renew my-client --key-type EC-P256 > client.csr',
      ),
    )
  return withConnection(command).action(async ({ name, renew, keyType, subjectAltName, ...options }) => {
    const asked = name !== undefined ? { name } : renew !== undefined ? { renew } : undefined
    if (asked === undefined) {
      throw new CliFailure('wrongUse', 'Give --name, or --renew for the next version of a certificate.')
    }
    const connection = await connect(options, context)
    const { configApi } = connection
    const { commonName, organization, organizationalUnit, locality, state, country } = options
    const subject = { commonName, organization, organizationalUnit, locality, state, country }
    const isGiven = Object.values(subject).some((part) => part !== undefined)
    const subjectAltNames = subjectAltName.length === 0 ? undefined : subjectAltName
    const requested =
      asked.name !== undefined
        ? await configApi.createSigningRequest({
            body: { name: asked.name, keyType, subject, subjectAltNames },
          })
        : await configApi.createRenewalRequest({
            certificateId: await certificateId(connection, asked.renew),
            body: { keyType, subject: isGiven ? subject : undefined, subjectAltNames },
          })
    const { output } = context
    output.answer(requested, ({ csr }) => csr.trimEnd())
    if (!output.json) output.complain(certificateText(requested.body.certificate, output.errorColour))
  })
}
