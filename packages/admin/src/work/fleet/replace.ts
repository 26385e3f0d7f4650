import { setTimeout } from 'node:timers/promises'
import { type AccountId, CodedError, renewNow, type VersionDifferenceCode } from '@mtls-gateway/domain'
import { ownChange } from '@mtls-gateway/registry'
import { table } from '@mtls-gateway/terminal'
import type { AdminContext } from '../../admin-context.ts'
import { exitCodes } from '../../exit-codes.ts'
import { type Fleet, type FleetCertificate, type OpenFleet, withFleet } from './fleet.ts'
import { planText } from './show-inventory.ts'

export interface ReplaceOptions {
  readonly issuer: string
  /** ISO 8601: what came later is a replacement already. */
  readonly issuedBefore: string
  /** An earlier run may have replaced all of them. */
  readonly goesOn: boolean
  /** In what the next certificates may differ without a person. */
  readonly accepts: readonly VersionDifferenceCode[]
  readonly yes: boolean
  readonly waitMs: number
  readonly json: boolean
}

const lookEveryMs = 5_000
const mostShown = 50

/**
 * Has all certificates of an issuer renewed by their plans now. What was done stays done, so it may be run again.
 * @throws CodedError if the operator does not want it, or can't be asked
 */
export async function replaceAll(context: AdminContext, options: ReplaceOptions): Promise<void> {
  const { issuer, issuedBefore, waitMs, json } = options
  await withFleet(context, async (fleet) => {
    const before = await fleet.read()
    const own = toReplace(before, options)
    if (own.length === 0 && !options.goesOn && before.problems.length === 0) {
      context.note(
        `No certificate in use was issued by ${issuer}. mtls-admin inventory prints the names of all issuers.`,
      )
      context.exitCode = exitCodes.incomplete
      return
    }
    const planned = own.filter(({ plan, source }) => plan !== 'none' && source === null)
    if (planned.length > 0) {
      await confirm(context, options, planned)
      context.note(`To go on after an interruption: ${commandOf(options)}`)
      await request(context, fleet, planned, options)
    }
    const after = waitMs > 0 ? await followed(context, fleet, options, own.length) : await fleet.read()
    const left = toReplace(after, options)
    const report = { issuer, issuedBefore, requested: planned.length, replaced: own.length - left.length, left }
    context.print(json ? JSON.stringify({ ...report, problems: after.problems }) : text(report, after))
    if (left.length > 0 || after.problems.length > 0) context.exitCode = exitCodes.incomplete
  })
}

function toReplace({ certificates }: Fleet, { issuer, issuedBefore }: ReplaceOptions): readonly FleetCertificate[] {
  return certificates.filter((each) => each.issuer === issuer && each.createdAt < issuedBefore)
}

/** @throws CodedError if the operator does not want it, or can't be asked */
async function confirm(
  context: AdminContext,
  { issuer, yes }: ReplaceOptions,
  planned: readonly FleetCertificate[],
): Promise<void> {
  if (yes) return
  const accounts = new Set(planned.map(({ account }) => account)).size
  const answer = await context.ask?.(
    `Renew ${planned.length} certificates of ${accounts} accounts, all issued by ${issuer}, now? (yes/no) `,
  )
  if (answer?.trim().toLowerCase() === 'yes') return
  const reason = answer === undefined ? 'there is no terminal to ask on. Add --yes.' : 'you did not say yes.'
  throw new CodedError('CONFIGURATION_INVALID', `Nothing was requested: ${reason}`)
}

/** One change for each account, however many certificates it has. Those that are requested already change nothing. */
async function request(
  { bar }: AdminContext,
  { writer }: OpenFleet,
  planned: readonly FleetCertificate[],
  { issuer, issuedBefore, accepts }: ReplaceOptions,
): Promise<void> {
  const byAccount: ReadonlyMap<AccountId, readonly FleetCertificate[]> = Map.groupBy(planned, ({ account }) => account)
  let done = 0
  for (const [account, own] of byAccount) {
    const context = { ...ownChange(Date.now()), actor: 'mtls-admin replace' }
    await writer.change(account, context.changeId, renewNow(context, { issuer, issuedBefore, accepts }))
    done += own.length
    bar.show(done, planned.length, `${done} of ${planned.length} renewals requested, of ${issuer}`)
  }
  bar.clear()
}

/** Until all are replaced, or the time is over. */
async function followed(
  { bar, streams }: AdminContext,
  fleet: OpenFleet,
  options: ReplaceOptions,
  all: number,
): Promise<Fleet> {
  for (const deadline = performance.now() + options.waitMs; ; ) {
    const now = await fleet.read()
    const left = toReplace(now, options).length
    const progress = `${all - left} of ${all} replaced`
    bar.show(all - left, all, progress)
    if (!streams.stderr.isTTY) streams.stderr.write(`${progress}\n`)
    if (left === 0 || performance.now() >= deadline) return now
    await setTimeout(Math.min(lookEveryMs, Math.max(deadline - performance.now(), 0)))
  }
}

interface Report {
  readonly requested: number
  readonly replaced: number
  readonly left: readonly FleetCertificate[]
}

function text({ requested, replaced, left }: Report, { problems }: Fleet): string {
  const rows = left.slice(0, mostShown).map((each) => [each.account, each.name, each.mappings, stateOf(each)])
  const byState = [...Map.groupBy(left, stateOf)].map(([state, own]) => [state, own.length])
  return [
    `${requested} renewals requested, ${replaced} certificates replaced, ${left.length} left`,
    ...(left.length > 0 ? [table(['LEFT', 'CERTIFICATES'], byState)] : []),
    ...(left.length > 0 ? [table(['ACCOUNT', 'NAME', 'MAPPINGS', 'LEFT'], rows)] : []),
    ...(left.length > mostShown ? [`And ${left.length - mostShown} more: mtls-admin inventory has all.`] : []),
    ...problems.map(({ account, problem }) => `${account}: ${problem}`),
  ].join('\n\n')
}

function stateOf(certificate: FleetCertificate): string {
  return certificate.plan === 'none' ? 'has no plan: people replace it' : planText(certificate)
}

function commandOf({ issuer, issuedBefore, accepts }: ReplaceOptions): string {
  const accepted = accepts.map((code) => ` --accept ${code}`).join('')
  return `mtls-admin replace --issuer '${issuer.replaceAll("'", "'\\''")}' --issued-before ${issuedBefore}${accepted}`
}
