import { Command, Option } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { connect } from '../http/connection.ts'
import { certificateId } from '../http/id-by-name.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { planText } from '../views/plan-text.ts'
import { commandGroup } from './command-group.ts'

function showPlanCommand(context: CliContext) {
  const command = new Command('show')
    .summary('show how a certificate renews itself, and where that stands')
    .description('Shows the renewal plan of a certificate: what it does next and when, or what it waits for.')
    .argument('<certificate>', 'id or name')
    .addHelpText('after', examples('mtls plan show my-client'))
  return withConnection(command).action(async (certificate, options) => {
    const connection = await connect(options, context)
    const id = await certificateId(connection, certificate)
    context.output.answer(await connection.configApi.getPlan({ certificateId: id }), planText)
  })
}

function setPlanCommand(context: CliContext) {
  const command = new Command('set')
    .summary('have a certificate renew itself')
    .description(
      'Has a certificate renew itself: at a share of its lifetime, the next one is ordered from an issuer, tried at every mapped url and put in use. The steps that you leave to people wait for them.',
    )
    .argument('<certificate>', 'id or name')
    .option('--profile <name>', 'the issuer: see mtls issuers')
    .addOption(
      new Option('--source <name>', 'in its place, where somebody else puts it: see mtls sources').conflicts('profile'),
    )
    .addOption(
      new Option('--renew-at <share>', 'share of the lifetime, from 0.1 to 0.95; default: 0.66').argParser(Number),
    )
    .addOption(new Option('--test <how>', 'default: auto').choices(['auto', 'manual'] as const))
    .addOption(
      new Option('--promote <how>', 'for the whole certificate, by hand, or target by target; default: auto').choices([
        'auto',
        'manual',
        'eachTarget',
      ] as const),
    )
    .addOption(
      new Option('--roll-back <how>', 'where a target refuses the next certificate; default: auto').choices([
        'auto',
        'never',
      ] as const),
    )
    .addHelpText(
      'after',
      examples(
        'mtls plan set my-client --profile internal',
        'mtls plan set my-client --profile internal --renew-at 0.5 --promote eachTarget',
        'mtls plan set my-client --source cert-manager',
      ),
    )
  return withConnection(command).action(
    async (certificate, { profile, source, renewAt, test, promote, rollBack, ...options }) => {
      const connection = await connect(options, context)
      const id = await certificateId(connection, certificate)
      const body = { profile, source, renewAt, test, promote, rollBack }
      context.output.answer(await connection.configApi.setPlan({ certificateId: id, body }), planText)
    },
  )
}

function removePlanCommand(context: CliContext) {
  const command = new Command('remove')
    .summary('leave the renewal of a certificate to people')
    .description('Removes the renewal plan of a certificate. What it has staged stays.')
    .argument('<certificate>', 'id or name')
    .addHelpText('after', examples('mtls plan remove my-client'))
  return withConnection(command).action(async (certificate, options) => {
    const connection = await connect(options, context)
    const id = await certificateId(connection, certificate)
    const removed = await connection.configApi.removePlan({ certificateId: id })
    context.output.answer(removed, ({ profile, source }) =>
      profile === null ? `removed; its source was ${source}` : `removed; its issuer was ${profile}`,
    )
  })
}

function runPlanCommand(context: CliContext) {
  const command = new Command('run')
    .summary('do the next step of a plan now')
    .description('Does the next step of a renewal plan now, without waiting for its time. The steps after it follow.')
    .argument('<certificate>', 'id or name')
    .addHelpText('after', examples('mtls plan run my-client'))
  return withConnection(command).action(async (certificate, options) => {
    const connection = await connect(options, context)
    const id = await certificateId(connection, certificate)
    context.output.answer(await connection.configApi.runPlan({ certificateId: id }), planText)
  })
}

export const planCommand = commandGroup(
  'plan',
  'show, set, remove and run plans by which certificates renew themselves',
  [showPlanCommand, setPlanCommand, removePlanCommand, runPlanCommand],
)
