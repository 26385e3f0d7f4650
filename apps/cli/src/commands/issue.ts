import { Command, Option } from '@commander-js/extra-typings'
import type { Certificate, Issuer, PendingIssuance, Source } from '@mtls-gateway/contract'
import { requestKeyTypes } from '@mtls-gateway/contract/choices'
import { table } from '@mtls-gateway/terminal'
import type { CliContext } from '../cli-context.ts'
import { connect } from '../http/connection.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { repeatable } from '../options/repeatable.ts'
import { certificateText } from '../views/certificate-text.ts'
import { planText } from '../views/plan-text.ts'

export function issueCommand(context: CliContext) {
  const command = new Command('issue')
    .summary('order a certificate that renews itself')
    .description(
      'Makes a key that never leaves the gateway, and orders a certificate for it from an issuer of the account (mtls issuers). It renews itself: mtls plan show says how, and mtls plan set changes it.',
    )
    .requiredOption('--name <name>', 'name of the certificate, unique in the account')
    .requiredOption('--profile <name>', 'the issuer: see mtls issuers')
    .addOption(
      new Option('--key-type <type>', 'type of the key; default: the first of the issuer').choices(requestKeyTypes),
    )
    .option('--common-name <text>', 'CN of the subject')
    .option('--organization <text>', 'O')
    .option('--organizational-unit <text>', 'OU')
    .option('--locality <text>', 'L')
    .option('--state <text>', 'ST')
    .option('--country <code>', 'C, two letters')
    .addOption(repeatable('--subject-alt-name <name>', 'host, address, mail address or URI', String))
    .addHelpText('after', examples('mtls issue --name my-client --profile local --common-name client.example'))
  return withConnection(command).action(async ({ name, profile, keyType, subjectAltName, ...options }) => {
    const { configApi } = await connect(options, context)
    const { commonName, organization, organizationalUnit, locality, state, country } = options
    const subject = { commonName, organization, organizationalUnit, locality, state, country }
    const { output } = context
    const issued = await configApi.issueCertificate({
      body: { name, profile, keyType, subject, subjectAltNames: subjectAltName },
    })
    output.answer(issued, (answer) =>
      isPending(answer)
        ? `${certificateText(answer.certificate, output.colour)}\n\n${planText(answer.plan, answer.certificate.name)}`
        : certificateText(answer, output.colour),
    )
  })
}

function isPending(answer: Certificate | PendingIssuance): answer is PendingIssuance {
  return 'certificate' in answer
}

export function issuersCommand(context: CliContext) {
  const command = new Command('issuers')
    .summary('list from whom certificates can be ordered')
    .description('Lists the issuers that the operator has set up for the account, or prints the CA of one as PEM.')
    .option('--ca <profile>', 'print the CA of this issuer, which targets have to trust')
    .addHelpText('after', examples('mtls issuers', 'mtls issuers --ca local > ca.pem'))
  return withConnection(command).action(async ({ ca, ...options }) => {
    const { configApi } = await connect(options, context)
    if (ca === undefined) context.output.answer(await configApi.listIssuers(), issuersText)
    else context.output.text((await configApi.downloadIssuerCa({ profile: ca })).text.trimEnd())
  })
}

function issuersText(issuers: readonly Issuer[]): string {
  if (issuers.length === 0) return 'There is no issuer. The operator of the gateway sets them up.'
  const rows = issuers.map(({ name, kind, keyTypes, description }) => [name, kind, keyTypes.join(', '), description])
  return table(['PROFILE', 'KIND', 'KEYS', 'DESCRIPTION'], rows)
}

export function sourcesCommand(context: CliContext) {
  const command = new Command('sources')
    .summary('list from where certificates can come with their keys')
    .description(
      'Lists the folders and the paths in Vault that the operator has set up for the account. A plan puts in use what is renewed there (mtls plan set --source).',
    )
    .addHelpText('after', examples('mtls sources'))
  return withConnection(command).action(async (options) => {
    const { configApi } = await connect(options, context)
    context.output.answer(await configApi.listSources(), sourcesText)
  })
}

function sourcesText(sources: readonly Source[]): string {
  if (sources.length === 0) return 'There is no source. The operator of the gateway sets them up.'
  const rows = sources.map(({ name, kind, description }) => [name, kind, description])
  return table(['SOURCE', 'KIND', 'DESCRIPTION'], rows)
}
