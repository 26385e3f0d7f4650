import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { exitCodes } from '../exit-codes.ts'
import { connect } from '../http/connection.ts'
import { withConnection } from '../options/connection-options.ts'
import { withDocument } from '../options/document-options.ts'
import { examples } from '../options/examples.ts'
import { appliedText } from '../views/applied-text.ts'

export function diffCommand(context: CliContext) {
  const command = new Command('diff')
    .summary('show what differs between a document and the account')
    .description(
      'Shows what mtls apply would create, change field by field, rename and delete, and whether that needs the approval of another person. It changes nothing. The exit code is 0 if there is nothing to do, 2 if there is, and 1 if the document or the command is faulty; a pipeline notices drift by that. Each fault is told with its line, all at once.',
    )
    .addHelpText('after', examples('mtls diff -f account.yaml', 'mtls diff -f account.yaml --prune --json'))
  return withConnection(withDocument(command)).action(async ({ file, prune, source, ...options }) => {
    const { output } = context
    const connection = await connect(options, context)
    const [{ readDocument }, { compare }] = await Promise.all([
      import('../declared/read-document.ts'),
      import('../declared/compare.ts'),
    ])
    const compared = await compare(connection, await readDocument(context, file), { prune, source })
    if (compared.body.changes.length > 0) output.exitCode = exitCodes.different
    output.answer(compared, (body) => appliedText(body, output.colour))
  })
}
