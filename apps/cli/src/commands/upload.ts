import { Command, Option } from '@commander-js/extra-typings'
import type { Answer } from '@mtls-gateway/client'
import type { SaveResult } from '@mtls-gateway/contract'
import type { CliContext } from '../cli-context.ts'
import { completeRequest } from '../http/complete-request.ts'
import { type Connection, connect } from '../http/connection.ts'
import { certificateId } from '../http/id-by-name.ts'
import {
  type KeyMaterial,
  keyMaterialFile,
  nameOf,
  readKeyMaterial,
  readSignedCertificate,
} from '../input/key-material.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { certificateText } from '../views/certificate-text.ts'

export function uploadCommand(context: CliContext) {
  const command = new Command('upload')
    .summary('store a certificate with its key')
    .description(
      'Stores a client certificate with its key and chain. With --replace it replaces a stored one, and with --signed-for it stores what a CA issued for a signing request.',
    )
    .argument('<file>', keyMaterialFile)
    .option('--key <file>', 'PEM file of the private key')
    .option('--password-file <file>', 'file with the password; without it, MTLS_PASSWORD is used, or you are asked')
    .option('--name <name>', 'unique in the account; default: the name of the file')
    .option('--replace <certificate>', 'id or name of the certificate to replace, at once')
    .addOption(
      new Option(
        '--signed-for <certificate>',
        'id or name of the certificate whose signing request (csr) was signed',
      ).conflicts(['key', 'passwordFile', 'name', 'replace']),
    )
    .addHelpText(
      'after',
      examples(
        'mtls upload client.p12 --name my-client',
        'mtls upload cert.pem --key key.pem --replace my-client',
        'mtls upload signed.pem --signed-for my-client',
        'vault write -format=json pki/issue/client common_name=client.example | mtls upload - --name my-client',
      ),
    )
  return withConnection(command).action(async (file, { signedFor, key, passwordFile, ...options }) => {
    const connection = await connect(options, context)
    const { output } = context
    if (signedFor !== undefined) {
      const signed = await readSignedCertificate(context, file)
      const completed = await completeRequest(connection, signedFor, signed)
      return output.answer(completed, (certificate) => certificateText(certificate, output.colour))
    }
    const material = await readKeyMaterial(context, { file, key, passwordFile })
    const saved = await save(connection, material, { name: options.name, replace: options.replace, file })
    output.answer(saved, ({ successfulySavedCertificates }) =>
      successfulySavedCertificates.map((each) => certificateText(each, output.colour)).join('\n\n'),
    )
  })
}

interface Place {
  readonly name: string | undefined
  readonly replace: string | undefined
  readonly file: string
}

async function save(
  connection: Connection,
  material: KeyMaterial,
  { name, replace, file }: Place,
): Promise<Answer<SaveResult>> {
  const { configApi } = connection
  if (replace === undefined)
    return configApi.createCertificates({ body: [{ name: name ?? nameOf(file), ...material }] })
  const id = await certificateId(connection, replace)
  return configApi.replaceCertificates({ body: [{ id, name, ...material }] })
}
