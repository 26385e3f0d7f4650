import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { certificateId } from '../http/certificate-id.ts'
import { nameOf, readKeyMaterial } from '../input/key-material.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { connect } from '../settings/connection.ts'
import { certificateText } from '../views/certificate-text.ts'
import type { SaveResult } from '../wire.ts'

export function uploadCommand(context: CliContext) {
  const command = new Command('upload')
    .summary('store a certificate with its key')
    .description('Stores a client certificate with its key and chain, or replaces one that is there.')
    .argument('<file>', 'PKCS#12 file, or PEM: the certificate, then its chain, and the key unless --key has it')
    .option('--key <file>', 'PEM file of the private key')
    .option('--password-file <file>', 'file of the password of file or key; else MTLS_PASSWORD, else it is asked for')
    .option('--name <name>', 'unique in the account; the name of the file unless given')
    .option('--replace <certificate>', 'id or name of the certificate that it takes the place of, at once')
    .addHelpText(
      'after',
      examples('mtls upload client.p12 --name my-client', 'mtls upload cert.pem --key key.pem --replace my-client'),
    )
  return withConnection(command).action(async (file, options) => {
    const connection = await connect(options, context)
    const { configApi, path } = connection
    const { key, passwordFile, replace } = options
    const material = await readKeyMaterial(context, { file, key, passwordFile })
    const replaced = replace === undefined ? undefined : await certificateId(connection, replace)
    const name = options.name ?? (replaced === undefined ? nameOf(file) : undefined)
    const method = replaced === undefined ? 'POST' : 'PUT'
    const entries = [{ id: replaced, name, ...material }]
    const saved = await configApi.json<SaveResult>(method, path('/certificates'), entries)
    context.output.answer(saved, ({ successfulySavedCertificates }) =>
      successfulySavedCertificates.map((each) => certificateText(each, context.output.colour)).join('\n\n'),
    )
  })
}
