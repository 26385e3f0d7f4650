import { Command } from '@commander-js/extra-typings'
import type { Trust } from '@mtls-gateway/contract'
import { table } from '@mtls-gateway/terminal'
import type { CliContext } from '../cli-context.ts'
import { connect } from '../http/connection.ts'
import { confirmDeletion } from '../input/confirm-deletion.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { yesOption } from '../options/yes-option.ts'
import { day, facts } from '../views/lines.ts'
import { commandGroup } from './command-group.ts'

/** CAs with a name, by which mappings trust their targets. */
export const trustsCommand = commandGroup('trusts', 'list, show, set and delete trust lists: CAs that mappings share', [
  listCommand,
  showCommand,
  setCommand,
  deleteCommand,
])

function listCommand(context: CliContext) {
  const command = new Command('list')
    .summary('list the trust lists')
    .description('Lists the trust lists of the account: when the first certificate of each expires, and who uses it.')
    .addHelpText('after', examples('mtls trusts list'))
  return withConnection(command).action(async (options) => {
    const { configApi } = await connect(options, context)
    context.output.answer(await configApi.listTrusts(), trustTable)
  })
}

function showCommand(context: CliContext) {
  const command = new Command('show')
    .summary('show a trust list')
    .description('Shows the certificates of a trust list, or prints them as PEM.')
    .argument('<name>', 'as mtls trusts list shows it')
    .option('--pem', 'print the certificates as PEM')
    .addHelpText('after', examples('mtls trusts show bank-ca', 'mtls trusts show bank-ca --pem > bank-ca.pem'))
  return withConnection(command).action(async (trust, { pem, ...options }) => {
    const { configApi } = await connect(options, context)
    const shown = await configApi.getTrust({ trust })
    if (pem) context.output.text(shown.body.caCertificates.trimEnd())
    else context.output.answer(shown, trustText)
  })
}

function setCommand(context: CliContext) {
  const command = new Command('set')
    .summary('make a trust list, or replace its certificates')
    .description(
      'Makes a trust list of the CAs in a file, or replaces the certificates of one. All mappings that use it trust the new ones from then on. To have a mapping use it: mtls map --trust NAME, or mtls mappings edit MAPPING --trust NAME.',
    )
    .argument('<name>', '1 to 64 of the characters a-z 0-9 -')
    .argument('<file>', 'PEM file of the CAs')
    .addHelpText('after', examples('mtls trusts set bank-ca bank-ca.pem'))
  return withConnection(command).action(async (trust, file, options) => {
    const caCertificates = (await context.inputs.file(file)).toString('utf8')
    const { configApi } = await connect(options, context)
    context.output.answer(await configApi.setTrust({ trust, body: { caCertificates } }), trustText)
  })
}

function deleteCommand(context: CliContext) {
  const command = new Command('delete')
    .summary('delete a trust list')
    .description('Deletes a trust list that no mapping uses.')
    .argument('<name>', 'as mtls trusts list shows it')
    .addOption(yesOption())
    .addHelpText('after', examples('mtls trusts delete bank-ca'))
  return withConnection(command).action(async (trust, { yes, ...options }) => {
    const { configApi } = await connect(options, context)
    const { etag } = await configApi.getTrust({ trust })
    await confirmDeletion(context, `the trust list "${trust}"`, yes)
    const deleted = await configApi.deleteTrust({ trust, ifMatch: etag })
    context.output.answer(deleted, ({ name }) => `Deleted the trust list "${name}".`)
  })
}

function trustTable(trusts: readonly Trust[]): string {
  if (trusts.length === 0) return 'There is no trust list.'
  const rows = trusts.map(({ name, certificates, expiresAt, mappings }) => {
    return [name, day(expiresAt), mappings, certificates.map(({ subject }) => subject).join('; ')]
  })
  return table(['NAME', 'EXPIRES', 'MAPPINGS', 'CERTIFICATES'], rows)
}

function trustText({ name, certificates, mappings, caCertificates }: Trust & { readonly caCertificates: string }) {
  return facts([
    ['name', name],
    ['mappings', String(mappings)],
    ['lost', caCertificates === '' ? 'its certificates: set them again' : undefined],
    ...certificates.flatMap(({ subject, notAfter, fingerprintSha256 }) => [
      ['ca', `${subject}, until ${day(notAfter)}`] as const,
      ['sha-256', fingerprintSha256] as const,
    ]),
  ])
}
