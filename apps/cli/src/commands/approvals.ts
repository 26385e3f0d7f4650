import { Command, Option } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { CliFailure } from '../cli-failure.ts'
import { connect } from '../http/connection.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { withPage } from '../options/page-options.ts'
import { yesOption } from '../options/yes-option.ts'
import { approvalStates, approvalTable, approvalText, decidedText } from '../views/approval-text.ts'
import { showPage } from '../views/page.ts'
import { commandGroup } from './command-group.ts'

/** Changes that wait for a second person's word. */
export const approvalsCommand = commandGroup('approvals', 'list, show, approve and refuse changes that wait', [
  listCommand,
  showCommand,
  approveCommand,
  refuseCommand,
])

const id = ['<id>', 'as mtls approvals list shows it'] as const

function listCommand(context: CliContext) {
  const command = new Command('list')
    .summary('list the changes that wait for approval')
    .description('Lists the changes of the account that wait for another person, or those that somebody has decided.')
    .addOption(
      new Option('--state <state>', 'only requests in this state').choices(approvalStates).default('open' as const),
    )
    .addHelpText('after', examples('mtls approvals list', 'mtls approvals list --state refused'))
  return withConnection(withPage(command)).action(async ({ state, limit, cursor, ...options }) => {
    const { configApi } = await connect(options, context)
    showPage(
      await configApi.listApprovals({ query: { state, limit, cursor } }),
      context.output,
      approvalTable,
      'requests',
    )
  })
}

function showCommand(context: CliContext) {
  const command = new Command('show')
    .summary('show what a request would change')
    .description(
      'Shows who asks for what until when, and what would change: a line for each thing and each of its fields, with what is there and what comes.',
    )
    .argument(...id)
    .addHelpText('after', examples('mtls approvals show kT3x9QmZ0aVbLr5uYw2JcA'))
  return withConnection(command).action(async (approvalId, options) => {
    const { configApi } = await connect(options, context)
    const { output } = context
    output.answer(await configApi.getApproval({ approvalId }), (request) => approvalText(request, output.colour))
  })
}

function approveCommand(context: CliContext) {
  const command = new Command('approve')
    .summary('make the change that a request asks for')
    .description(
      'Shows what a request would change, asks, and makes the change. It is not made if what it would change is no longer what it was. Nobody approves their own request, but for an operator in an emergency, which is audited and logged as such.',
    )
    .argument(...id)
    .option('--reason <text>', 'why; the audit trail has it')
    .option('--emergency', 'approve it as an operator, whoever asked; needs a --reason')
    .addOption(yesOption('approve'))
    .addHelpText(
      'after',
      examples(
        'mtls approvals approve kT3x9QmZ0aVbLr5uYw2JcA',
        'mtls approvals approve kT3x9QmZ0aVbLr5uYw2JcA --emergency --reason "INC-1234: the bank has moved"',
      ),
    )
  return withConnection(command).action(async (approvalId, { reason, emergency, yes, ...options }) => {
    if (emergency && reason === undefined) {
      throw new CliFailure('wrongUse', 'An emergency needs a reason, which the audit trail has: --reason TEXT.')
    }
    const { configApi } = await connect(options, context)
    if (!yes) await confirmApproval(context, approvalId, await configApi.getApproval({ approvalId }))
    const approved = await configApi.approve({ approvalId, body: { reason, emergency } })
    context.output.answer(approved, (request) => decidedText(request, 'Approved'))
  })
}

/** Shows the request on stderr, where the question is asked. @throws CliFailure where the user does not want it */
async function confirmApproval(
  { inputs, output }: CliContext,
  approvalId: string,
  { body }: { readonly body: Parameters<typeof approvalText>[0] },
): Promise<void> {
  if (!inputs.isTerminal) {
    throw new CliFailure(
      'wrongUse',
      `Nothing was approved: there is no terminal to ask on. Look at it by mtls approvals show ${approvalId}, and add --yes.`,
    )
  }
  output.complain(approvalText(body, output.errorColour && !output.json))
  if (!(await inputs.askYesNo('Approve this?'))) throw new CliFailure('refused', 'Nothing was approved.')
}

function refuseCommand(context: CliContext) {
  const command = new Command('refuse')
    .summary('refuse a request, or take your own back')
    .description('Refuses a request, or withdraws one of your own. The change is not made.')
    .argument(...id)
    .option('--reason <text>', 'why; the audit trail has it')
    .addHelpText(
      'after',
      examples('mtls approvals refuse kT3x9QmZ0aVbLr5uYw2JcA --reason "This host is not the bank\'s"'),
    )
  return withConnection(command).action(async (approvalId, { reason, ...options }) => {
    const { configApi } = await connect(options, context)
    const refused = await configApi.refuse({ approvalId, body: { reason } })
    context.output.answer(refused, (request) => decidedText(request, 'Refused'))
  })
}
