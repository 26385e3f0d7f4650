import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Command, Option } from '@commander-js/extra-typings'
import { safeText } from '@mtls-gateway/terminal'
import type { CliContext } from '../cli-context.ts'
import { CliFailure } from '../cli-failure.ts'
import { type Connection, connect } from '../http/connection.ts'
import { certificateId, mappingId } from '../http/id-by-name.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { repeatable } from '../options/repeatable.ts'
import { timeOf } from '../options/time-option.ts'
import { createdHandoverText, handoverTable, registrationFiles } from '../views/handover-text.ts'

const dayMs = 86_400_000
const usualDays = 14
const noLink =
  'No link: the gateway does not know its console (CONSOLE_URL). Send the url of the console with /handover#code=CODE, or make the handover in the console.'
/** Those that a handover asks about. */
const mostMappings = 100

export function handoverCommand(context: CliContext) {
  const command = new Command('handover')
    .summary('show a certificate to the owner of a target, who registers it')
    .description(
      'Makes a link that shows a certificate, its next version and nothing else, in every form that the owner of a target may ask for. They answer there when they have registered it, which --list shows. There is a link if the gateway knows its console (CONSOLE_URL), or else only its code. With --output, it writes the same as files, and makes no link.',
    )
    .argument('<certificate>', 'id or name')
    .option('--label <text>', 'who the link is for; shown in the audit trail')
    .addOption(
      repeatable('--mapping <mapping>', 'mapping that they are asked about, all unless given: id or name', String),
    )
    .option(
      '--expires-at <time>',
      `when the link expires: a day or time (RFC 3339) at most 30 days ahead; default: in ${usualDays} days`,
      timeOf,
    )
    .addOption(alone('--output <folder>', 'write the certificates and all facts to a new or empty folder'))
    .addOption(alone('--list', 'list the handovers of the certificate, with what was answered'))
    .addOption(alone('--revoke <id>', 'revoke a handover, whose link stops at once: as --list shows it'))
    .addHelpText(
      'after',
      examples(
        'mtls handover my-client --label "Anna of Bank" --mapping my-bank',
        'mtls handover my-client --output for-the-bank',
        'mtls handover my-client --list',
      ),
    )
  return withConnection(command).action(async (certificate, options) => {
    const { label, mapping, expiresAt, output, list, revoke } = options
    if (label === undefined && output === undefined && !list && revoke === undefined) {
      throw new CliFailure('wrongUse', 'Give whom the link is for: --label "Anna of Bank".')
    }
    const connection = await connect(options, context)
    const id = await certificateId(connection, certificate)
    if (output !== undefined) return writeFiles(context, connection, id, output)
    if (list) {
      return context.output.answer(await connection.configApi.listHandovers({ certificateId: id }), handoverTable)
    }
    if (revoke !== undefined) {
      const revoked = await connection.configApi.revokeHandover({ certificateId: id, handoverId: revoke })
      return context.output.answer(revoked, (handover) => `Revoked the handover ${handover.id} (${handover.label}).`)
    }
    const mappings = await mappingIds(connection, id, mapping)
    const end = expiresAt ?? new Date(Date.now() + usualDays * dayMs)
    const created = await connection.configApi.createHandover({
      certificateId: id,
      body: { label: label ?? '', mappings, expiresAt: end.toISOString() },
    })
    context.output.answer(created, createdHandoverText)
    context.output.complain('The code is shown only this once: send it now.')
    if (created.body.link === null) context.output.complain(noLink)
  })
}

/** What is done instead of making a link. */
function alone<Flags extends string>(flags: Flags, description: string) {
  const others = ['output', 'list', 'revoke'].filter((name) => !flags.startsWith(`--${name}`))
  return new Option(flags, description).conflicts(['label', 'mapping', 'expiresAt', ...others])
}

/** Those that were named, or else all of the certificate. @throws CliFailure, ServiceProblem */
async function mappingIds(
  connection: Connection,
  certificate: string,
  named: readonly string[],
): Promise<(string | number)[]> {
  if (named.length > 0) return Promise.all(named.map((each) => mappingId(connection, each)))
  const { body } = await connection.configApi.listMappings({
    query: { certificateId: Number(certificate), limit: mostMappings + 1 },
  })
  if (body.length <= mostMappings) return body.map(({ id }) => id)
  throw new CliFailure(
    'refused',
    `The certificate has more than ${mostMappings} mappings. Name those of the owner: --mapping my-bank.`,
  )
}

/** @throws CliFailure, ServiceProblem */
async function writeFiles(context: CliContext, connection: Connection, id: string, folder: string): Promise<void> {
  const facts = await connection.configApi.getRegistrationFacts({ certificateId: id })
  const files = registrationFiles(facts.body)
  try {
    await mkdir(folder, { recursive: true })
    // Files of an earlier version beside those of this one would be sent along.
    if ((await readdir(folder)).length > 0)
      throw new CliFailure('refused', `${safeText(folder)} is not empty. Name a new folder.`)
    for (const [name, content] of files) await writeFile(join(folder, name), content, { flag: 'wx' })
  } catch (error) {
    if (error instanceof CliFailure) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new CliFailure('refused', `The files could not be written: ${safeText(reason)}. Name another folder.`)
  }
  context.output.answer(facts, () => [...files.keys()].map((name) => safeText(join(folder, name))).join('\n'))
}
