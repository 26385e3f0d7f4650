import { Command } from '@commander-js/extra-typings'
import type { Answer } from '@mtls-gateway/client'
import type { AppliedDocument } from '@mtls-gateway/contract'
import type { CliContext } from '../cli-context.ts'
import { CliFailure } from '../cli-failure.ts'
import type { ApplyOptions } from '../declared/compare.ts'
import type { ReadDocument } from '../declared/read-document.ts'
import { type Connection, connect } from '../http/connection.ts'
import { withConnection } from '../options/connection-options.ts'
import { withDocument } from '../options/document-options.ts'
import { examples } from '../options/examples.ts'
import { yesOption } from '../options/yes-option.ts'
import { appliedText, changesSinceText } from '../views/applied-text.ts'

const mostTries = 10

export function applyCommand(context: CliContext) {
  const command = new Command('apply')
    .summary('make the account as a document says')
    .description(
      'Makes the account as a document says, in one change: all of it or nothing. It first shows what it would create, change, rename and delete, and asks. What the document does not name stays, unless --prune deletes it. If somebody else changes the account meanwhile, nothing is applied.',
    )
    .addOption(yesOption('apply'))
    .option('--dry-run', 'only show what would be done')
    .addHelpText(
      'after',
      examples('mtls apply -f account.yaml', 'mtls apply -f account.yaml --prune --source payments --yes'),
    )
  return withConnection(withDocument(command)).action(async ({ file, prune, source, yes, dryRun, ...options }) => {
    const { output } = context
    const connection = await connect(options, context)
    const [{ readDocument }, { compare }] = await Promise.all([
      import('../declared/read-document.ts'),
      import('../declared/compare.ts'),
    ])
    const document = await readDocument(context, file)
    const asked = { prune, source }
    const compared = await compare(connection, document, asked)
    const isDone = dryRun || compared.body.changes.length === 0
    if (isDone || !output.json) output.answer(compared, (body) => appliedText(body, output.colour))
    if (isDone) return
    if (!yes) await confirm(context, connection)
    const applied = await applyUnchanged(context, connection, document, asked, compared)
    output.answer(applied, (body) => {
      if (!body.applied) return 'Nothing is left to do: somebody else has changed the account to this meanwhile.'
      return `Applied to the account ${connection.settings.account}: revision ${body.revision}.`
    })
  })
}

/** @throws CliFailure where the user does not want it, or can't be asked */
async function confirm({ inputs }: CliContext, { settings }: Connection): Promise<void> {
  if (!inputs.isTerminal) {
    throw new CliFailure('wrongUse', 'Nothing was applied: there is no terminal to ask on. Add --yes.')
  }
  if (await inputs.askYesNo(`Apply this to the account ${settings.account}?`)) return
  throw new CliFailure('refused', 'Nothing was applied.')
}

/**
 * What the user has seen, and nothing else. The gateway itself changes accounts, as it renews certificates: where what
 * there is to do is still the same, it is tried again.
 * @throws CliFailure after it has shown how that differs from what the user has seen, where it is something else
 */
async function applyUnchanged(
  { output }: CliContext,
  connection: Connection,
  document: ReadDocument,
  asked: ApplyOptions,
  compared: Answer<AppliedDocument>,
): Promise<Answer<AppliedDocument>> {
  const { apply, changesSince, compare, isChangedMeanwhile } = await import('../declared/compare.ts')
  for (let seen = compared, tries = 1; ; tries += 1) {
    try {
      return await apply(connection, document, asked, seen)
    } catch (error) {
      if (!isChangedMeanwhile(error)) throw error
      const now = await compare(connection, document, asked)
      // Somebody else has done all of it.
      if (now.body.changes.length === 0) return now
      const since = changesSince(compared.body, now.body)
      if (since) {
        output.answer(now, () => changesSinceText(since, output.colour))
        const revisions = `from revision ${compared.body.revision} to ${now.body.revision}`
        throw new CliFailure(
          'refused',
          `Nothing was applied: the account has changed since it was compared with the document, ${revisions}. Repeat the command to see all that there is to do now, and to apply it.`,
          { cause: error },
        )
      }
      if (tries === mostTries) {
        const message = `Nothing was applied: the account has changed ${mostTries} times while this was tried. What there is to do is still the same: repeat the command.`
        throw new CliFailure('refused', message, { cause: error })
      }
      seen = now
    }
  }
}
