import { setTimeout } from 'node:timers/promises'
import { Command } from '@commander-js/extra-typings'
import type { Answer } from '@mtls-gateway/client'
import type { CertificateSummary, Replacement, ReplacementRequest } from '@mtls-gateway/contract'
import { shellWord } from '@mtls-gateway/contract/words'
import { ProgressBar } from '@mtls-gateway/terminal'
import type { CliContext } from '../../cli-context.ts'
import { CliFailure } from '../../cli-failure.ts'
import { exitCodes } from '../../exit-codes.ts'
import { type Connection, connect } from '../../http/connection.ts'
import { withConnection } from '../../options/connection-options.ts'
import { examples } from '../../options/examples.ts'
import { repeatableChoice } from '../../options/repeatable.ts'
import { timeOf } from '../../options/time-option.ts'
import { wholeNumberOf } from '../../options/whole-number.ts'
import { yesOption } from '../../options/yes-option.ts'
import { leftTable } from '../../views/fleet-text.ts'

const askAgainMs = 2_000
const mostShown = 50

type Difference = ReplacementRequest['accepts'][number]

const differences = [
  ...(['ISSUER_DIFFERS', 'SUBJECT_DIFFERS', 'NAMES_DIFFER', 'KEY_TYPE_DIFFERS'] as const),
  ...(['CLIENT_AUTH_DIFFERS', 'EXPIRES_EARLIER', 'SAME_CERTIFICATE'] as const),
] as const satisfies readonly Difference[]

export function replaceCertificatesCommand(context: CliContext) {
  const command = new Command('replace')
    .summary('have all certificates of an issuer renewed now')
    .description(
      'Renews now all certificates of an issuer that have a renewal plan, however old they are. The gateway does the renewals, some at a time, with all the steps of their plans. Certificates without a plan, or from a source, are left to people. It asks first, and may be run again: what is requested already is left alone. With --json, it prints the answer, and with --wait what is left on a second line.',
    )
    .requiredOption('--issuer <dn>', 'name of the issuer; copy it from mtls certificates summary')
    .option(
      '--issued-before <time>',
      'only certificates that came before this time; give it when you go on, so that replacements are not replaced (default: now)',
      timeOf,
    )
    .addOption(
      repeatableChoice(
        '--accept <difference>',
        'in what the next certificates may differ from those in use without a person: ISSUER_DIFFERS where they come from another CA',
        differences,
      ),
    )
    .option('--wait', 'follow the renewals until all that is left waits for people, and list that')
    .option('--timeout <seconds>', 'how long --wait waits at most', wholeNumberOf('seconds'), 3_600)
    .addOption(yesOption('request'))
    .addHelpText(
      'after',
      examples(
        'mtls certificates replace --issuer "CN=Old CA, O=Example" --accept ISSUER_DIFFERS --wait',
        'mtls certificates replace --issuer "CN=Old CA, O=Example" --issued-before 2026-03-01T10:00:00.000Z',
      ),
    )
  return withConnection(command).action(async ({ issuer, accept, yes, wait, timeout, ...options }) => {
    const { output } = context
    const connection = await connect(options, context)
    const issuedBefore = options.issuedBefore?.toISOString()
    if (!yes) await confirm(context, connection, { issuer, issuedBefore })
    const body = { issuer, accepts: [...accept], ...(issuedBefore !== undefined && { issuedBefore }) }
    const replacement = await connection.configApi.replaceAllOfIssuer({ body })
    output.answer(replacement, replacementText)
    const wanted = { issuer, issuedBefore: replacement.body.issuedBefore }
    if (!output.json) output.complain(`To go on later: ${commandOf(wanted, accept)}`)
    if (!wait) return
    const left = await followed(context, connection, replacement.body, timeout)
    if (left.body.certificates > 0) output.exitCode = exitCodes.refused
    if (output.json) output.answer(left, () => '')
    else await showLeft(context, connection, wanted, left.body)
  })
}

interface Wanted {
  readonly issuer: string
  readonly issuedBefore?: string | undefined
}

/** @throws CliFailure where the user does not want it, or can't be asked */
async function confirm({ inputs }: CliContext, { configApi }: Connection, wanted: Wanted): Promise<void> {
  if (!inputs.isTerminal) {
    throw new CliFailure('wrongUse', 'Nothing was requested: there is no terminal to ask on. Add --yes.')
  }
  const { body } = await configApi.countCertificates({ query: { ...wanted, plan: 'any' } })
  const count = `${body.certificates} certificates with ${body.mappings} mappings, all issued by ${wanted.issuer},`
  if (await inputs.askYesNo(`Have ${count} renewed by their plans now?`)) return
  throw new CliFailure('refused', 'Nothing was requested.')
}

function replacementText({ requested, leftToPeople }: Replacement): string {
  return `${requested} renewals requested, ${leftToPeople} certificates left to people`
}

function commandOf({ issuer, issuedBefore = '' }: Wanted, accepts: readonly Difference[]): string {
  const accepted = accepts.map((code) => ` --accept ${code}`).join('')
  return `mtls certificates replace --issuer ${shellWord(issuer)} --issued-before ${issuedBefore}${accepted} --wait`
}

/** Until all that is left waits for people, or the time is over. */
async function followed(
  { output }: CliContext,
  { configApi }: Connection,
  { issuer, issuedBefore, requested, leftToPeople }: Replacement,
  seconds: number,
): Promise<Answer<CertificateSummary>> {
  const bar = new ProgressBar(output.stderr, { writesLines: true })
  try {
    for (const deadline = performance.now() + seconds * 1_000; ; ) {
      const left = await configApi.countCertificates({ query: { issuer, issuedBefore } })
      const replaced = Math.max(requested + leftToPeople - left.body.certificates, 0)
      const waiting = left.body.plans.find(({ plan }) => plan === 'waiting')?.certificates ?? 0
      if (replaced + waiting >= requested || performance.now() >= deadline) return left
      bar.show(replaced, requested, `${replaced} of ${requested} replaced`)
      await setTimeout(askAgainMs)
    }
  } finally {
    bar.clear()
  }
}

async function showLeft(
  { output }: CliContext,
  { configApi }: Connection,
  wanted: Wanted,
  { certificates }: CertificateSummary,
): Promise<void> {
  if (certificates === 0) return output.text('All are replaced.')
  const { body } = await configApi.listCertificates({ query: { ...wanted, limit: mostShown } })
  output.text(leftTable(body))
  if (certificates > body.length) output.complain(`${body.length} of ${certificates} certificates.`)
}
