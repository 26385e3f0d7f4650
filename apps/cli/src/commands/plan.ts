import { Command, Option } from '@commander-js/extra-typings'
import type { Answer } from '@mtls-gateway/client'
import type { Plan, PlanRequest } from '@mtls-gateway/contract'
import { planPromotions, planRollBacks, planTests } from '@mtls-gateway/contract/choices'
import type { CliContext } from '../cli-context.ts'
import { type Connection, connect } from '../http/connection.ts'
import { certificateId } from '../http/id-by-name.ts'
import { ServiceProblem } from '../http/service-problem.ts'
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
    context.output.answer(await connection.configApi.getPlan({ certificateId: id }), (plan) =>
      planText(plan, certificate),
    )
  })
}

function setPlanCommand(context: CliContext) {
  const command = new Command('set')
    .summary('have a certificate renew itself')
    .description(
      'Has a certificate renew itself: at a share of its lifetime, the next one is ordered from an issuer, tried at every mapped url and put in use. Steps set to manual wait for a person. A plan that is there keeps what you leave out.',
    )
    .argument('<certificate>', 'id or name')
    .option('--profile <name>', 'the issuer: see mtls issuers')
    .addOption(
      new Option(
        '--source <name>',
        'the source to take renewed certificates from, instead of --profile: see mtls sources',
      ).conflicts('profile'),
    )
    .addOption(
      new Option('--renew-at <share>', 'share of the lifetime, from 0.1 to 0.95; default: 0.66').argParser(Number),
    )
    .addOption(
      new Option('--test <how>', 'test the next version at every mapped url: auto or manual; default: auto').choices(
        planTests,
      ),
    )
    .addOption(
      new Option('--promote <how>', 'for the whole certificate, by hand, or target by target; default: auto').choices(
        planPromotions,
      ),
    )
    .addOption(
      new Option('--roll-back <how>', 'where a target refuses the next certificate; default: auto').choices(
        planRollBacks,
      ),
    )
    .addHelpText(
      'after',
      examples(
        'mtls plan set my-client --profile local',
        'mtls plan set my-client --renew-at 0.5 --promote eachTarget',
        'mtls plan set my-client --source cert-manager',
      ),
    )
  return withConnection(command).action(
    async (certificate, { profile, source, renewAt, test, promote, rollBack, ...options }) => {
      const connection = await connect(options, context)
      const id = await certificateId(connection, certificate)
      const given = { profile, source, renewAt, test, promote, rollBack }
      const change = changeOf(await planOf(connection, id), given)
      const set = await connection.configApi.setPlan({ certificateId: id, ...change })
      context.output.answer(set, (plan) => planText(plan, certificate))
    },
  )
}

type GivenChoices = { readonly [Choice in keyof PlanRequest]?: PlanRequest[Choice] | undefined }

/** The plan that a certificate has, and its ETag; undefined where it has none. @throws ServiceProblem */
async function planOf({ configApi }: Connection, certificateId: string): Promise<Answer<Plan> | undefined> {
  try {
    return await configApi.getPlan({ certificateId })
  } catch (error) {
    if (error instanceof ServiceProblem && error.answer.body.code === 'PLAN_NOT_FOUND') return undefined
    throw error
  }
}

/** PUT replaces the whole plan: what is not given is sent as it was, on condition that it still is so. */
function changeOf(before: Answer<Plan> | undefined, given: GivenChoices) {
  if (!before) return { body: given }
  const { body: plan, etag } = before
  const origin = given.profile === undefined && given.source === undefined ? plan : given
  const body = {
    profile: origin.profile ?? undefined,
    source: origin.source ?? undefined,
    renewAt: given.renewAt ?? plan.renewAt,
    test: given.test ?? plan.test,
    promote: given.promote ?? plan.promote,
    rollBack: given.rollBack ?? plan.rollBack,
  }
  return { body, ifMatch: etag }
}

function removePlanCommand(context: CliContext) {
  const command = new Command('remove')
    .summary('leave the renewal of a certificate to people')
    .description(
      'Removes the renewal plan of a certificate. A request that is not signed yet is dropped with it; a version that has come stays staged.',
    )
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
    context.output.answer(await connection.configApi.runPlan({ certificateId: id }), (plan) =>
      planText(plan, certificate),
    )
  })
}

export const planCommand = commandGroup(
  'plan',
  'show, set, remove and run plans by which certificates renew themselves',
  [showPlanCommand, setPlanCommand, removePlanCommand, runPlanCommand],
)
