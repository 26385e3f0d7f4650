import { Command, Option } from '@commander-js/extra-typings'
import type { Answer } from '@mtls-gateway/client'
import type { Mapping, TargetCa } from '@mtls-gateway/contract'
import type { CliContext } from '../cli-context.ts'
import { CliFailure } from '../cli-failure.ts'
import { exitCodes } from '../exit-codes.ts'
import { connect } from '../http/connection.ts'
import { findMapping } from '../http/find-mapping.ts'
import { plainFingerprint } from '../input/fingerprint.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { readTargetTls, withTargetTls } from '../options/target-tls-options.ts'
import { mappingText } from '../views/mapping-text.ts'
import { targetCaText } from '../views/target-ca-text.ts'

export function targetCaCommand(context: CliContext) {
  const command = new Command('target-ca')
    .summary("show the CA that a target's certificate comes from, and trust it")
    .description(
      "Connects to a target and shows the CA of its certificate, with its SHA-256 fingerprint. Compare that with the fingerprint that the target's owner tells you: the certificate came from whoever answered. With --mapping or --pem you are asked whether they are the same, unless you give the right one. Nothing is trusted before.",
    )
    .argument('[url]', 'the target; the url of the mapping unless given')
    .option('--mapping <mapping>', 'id or name of a mapping that is to trust this CA, instead of the well-known ones')
    .addOption(new Option('--pem', 'print the CA as PEM, for --target-trust of other commands').conflicts('mapping'))
    .option('--fingerprint <sha256>', 'the SHA-256 fingerprint that the CA has to have, as the owner has told you')
    .option('--target-server-name <name>', 'name to send as SNI and expect in the target’s certificate')
    .addHelpText(
      'after',
      examples(
        'mtls target-ca https://bank.example/token',
        'mtls target-ca --mapping my-mapping',
        'mtls target-ca https://bank.example/token --pem > bank-ca.pem',
      ),
    )
  return withConnection(withTargetTls(command)).action(
    async (givenUrl, { mapping: idOrName, pem, fingerprint, ...options }) => {
      const { output } = context
      const connection = await connect(options, context)
      const mapping = idOrName === undefined ? undefined : await findMapping(connection, idOrName)
      const url = givenUrl ?? mapping?.body.url
      if (url === undefined) throw new CliFailure('wrongUse', 'Which target? Give its url, or --mapping.')
      const serverName = options.targetServerName ?? mapping?.body.targetTrust?.serverName
      const targetTls = readTargetTls(options) ?? mapping?.body.targetTls
      const found = await connection.configApi.fetchTargetCa({ body: { url, serverName, targetTls } })
      if (mapping === undefined && !pem) {
        if (found.body.ca === null && found.body.result !== 'trusted') output.exitCode = exitCodes.refused
        if (fingerprint !== undefined && found.body.ca !== null) expectFingerprint(found.body.ca, fingerprint)
        return output.answer(found, targetCaText)
      }
      const ca = await confirmedCa(context, found, fingerprint)
      if (mapping === undefined) return output.text(ca.pem.trimEnd())
      const { trust: _, ...kept } = mapping.body.targetTrust ?? {}
      const targetTrust = { ...kept, ...(serverName && { serverName }), caCertificates: ca.pem }
      const change = { mappingId: mapping.body.id, body: { targetTrust }, ifMatch: mapping.etag }
      output.answer<Mapping>(await connection.configApi.updateMapping(change), mappingText)
    },
  )
}

type Ca = NonNullable<TargetCa['ca']>

/** What its user has compared, or the command for them. @throws CliFailure: there is none, or it is another */
async function confirmedCa(
  { inputs, output }: CliContext,
  { body }: Answer<TargetCa>,
  fingerprint: string | undefined,
): Promise<Ca> {
  if (body.ca === null) throw new CliFailure('refused', body.explanation)
  if (fingerprint !== undefined) return expectFingerprint(body.ca, fingerprint)
  if (!inputs.isTerminal) {
    throw new CliFailure(
      'wrongUse',
      'Nothing was trusted: there is no terminal to ask on. Give the fingerprint that the target’s owner has told you: --fingerprint SHA256.',
    )
  }
  output.complain(targetCaText(body))
  if (await inputs.askYesNo('Has the target’s owner told you this fingerprint?')) return body.ca
  throw new CliFailure(
    'refused',
    'Nothing was trusted. Ask the target’s owner for the SHA-256 fingerprint of their CA.',
  )
}

/** Colons and upper case are as tools print it. */
function expectFingerprint(ca: Ca, fingerprint: string): Ca {
  if (plainFingerprint(fingerprint) === ca.fingerprintSha256) return ca
  throw new CliFailure(
    'refused',
    `The target sent a CA with another fingerprint: ${ca.fingerprintSha256}. Nothing was trusted. Ask the target’s owner whether they have a new CA; if not, someone stands in between.`,
  )
}
