import type { Account } from '../account/account.ts'
import { type ApprovalRequest, type ApprovalRule, openApprovals } from '../account/approval-request.ts'
import { maxOpenApprovals, maxOpenApprovalsOfOne, maxOpenApprovalsOfPlans } from '../account/approval-words.ts'
import type { Change } from '../account/change.ts'
import type { Applied } from '../account/command.ts'
import {
  type ApprovalContent,
  contentLines,
  elementsBetween,
  recordNamesIn,
  samenessOf,
} from '../approvals/approval-content.ts'
import { actionsOf, guardedEffects } from '../approvals/guarded-effects.ts'
import { digestOfLines } from '../callers/digests.ts'
import type { Certificate } from '../certificates/certificate.ts'
import type { RenewalPlan } from '../certificates/renewal-plan.ts'
import { CodedError } from '../errors/coded-error.ts'
import type { RecordId } from '../identifiers/ids.ts'
import { credentialOf, makersOf } from './makers.ts'
import { nextAccount } from './next-account.ts'

/** A change that was not made: somebody has to approve it. */
export interface AskedForApproval {
  /** With the request; as it was where the same was asked for before. */
  readonly account: Account
  readonly request: ApprovalRequest
  readonly content: ApprovalContent
  /** The content as its record has it. Absent: the request is there already, and so is its record. */
  readonly text?: string
}

/** What the audit calls the plans of certificates. */
const planActor = 'plan'
const dayMs = 86_400_000

/**
 * Whether a change needs the word of a second person, and if so, the account with a request for it instead of the
 * change. Every change of every account passes here. It pauses, as a document may change thousands of entries.
 * @param applied what the change makes of the account
 * @param id of the request, and of the record with its content
 * @throws CodedError `TOO_MANY_APPROVALS`; `APPROVAL_NOT_ALLOWED`: nobody could tell whose own it is
 */
export function* askForApproval(
  account: Account,
  { account: next, revoked }: Applied<unknown>,
  id: RecordId,
): Generator<undefined, AskedForApproval | undefined> {
  const rule = account.settings?.approvals
  const change = next.changes.at(-1)
  if (!rule || !change || isApproval(change) || isOwnRollBack(change, account, next)) return undefined
  const effects = yield* guardedEffects(account, next)
  if (effects.length === 0) return undefined
  const elements = yield* elementsBetween(account, next, change.at)
  const content: ApprovalContent = { at: change.at, revision: next.revision, elements, effects, revoked }
  const { askers, credential } = askersOf(account, change, content)
  const same = yield* samenessOf(content)
  const sameness = yield* digestOfLines([`${change.actor} ${change.action}`, ...same])
  const open = openApprovals(account, change.at)
  const known = open.find((each) => each.open?.sameness === sameness)
  if (known) return { account, request: known, content }
  refuseTooMany(open, ownerOf(change.actor, askers))
  const lines = yield* contentLines(content)
  const request: ApprovalRequest = {
    id,
    operation: change.action,
    actions: actionsOf(effects),
    subjects: change.subjects,
    subjectCount: change.subjectCount,
    requestedBy: change.actor,
    requestedAt: change.at,
    expiresAt: expiryOf(rule, change.at),
    contentSha256: yield* digestOfLines(lines),
    open: { askers, ...(credential && { credential }), sameness, keeps: yield* recordNamesIn(content) },
  }
  return { account: withRequest(account, change, request, content), request, content, text: lines.join('\n') }
}

/** The change of whoever has given their word: it is made by one command, which looks at all of it once more. */
function isApproval({ action }: Change): boolean {
  return action === 'approvals.approve' || action === 'approvals.override'
}

/**
 * A target refuses what a plan has promoted: its mapping goes back at once, as its calls fail until then. One that was
 * disabled when it was promoted has presented nothing that it could go back to.
 */
function isOwnRollBack({ actor, action }: Change, account: Account, next: Account): boolean {
  if (actor !== planActor || action !== 'certificates.roll-back-mappings') return false
  const left = new Set(next.mappings)
  return !account.mappings.some((mapping) => mapping.pinnedDisabled && !left.has(mapping))
}

function expiryOf({ expiresAfterDays }: ApprovalRule, at: string): string {
  return new Date(Date.parse(at) + expiresAfterDays * dayMs).toISOString()
}

function withRequest(account: Account, change: Change, request: ApprovalRequest, content: ApprovalContent): Account {
  const { changeId, at, actor, address, idempotency } = change
  // What the change was made under was checked when it was applied.
  const context = { changeId, at, actor, address, idempotency }
  const { id, operation } = request
  const description = { action: 'approvals.request', subjects: [`${id} ${operation}`, ...change.subjects] } as const
  return nextAccount(account, context, description, {
    approvals: [...(account.approvals ?? []), request],
    certificates: withAskedPlans(account.certificates, request, content),
  })
}

/** Plans do not ask again for what was asked for. */
function withAskedPlans(
  certificates: readonly Certificate[],
  { id, expiresAt }: ApprovalRequest,
  { elements, effects }: ApprovalContent,
): readonly Certificate[] {
  const promoted = effects.filter(({ action }) => action === 'promote').map(({ to }) => to)
  const changed = new Set(elements.flatMap((element) => (element.list === 'certificates' ? [element.id] : [])))
  return certificates.map((certificate) => {
    const { plan, staged } = certificate
    if (!plan || !staged?.versionId || !changed.has(certificate.id)) return certificate
    const isPromoted = promoted.some((to) => to.endsWith(` ${staged.versionId}`))
    return isPromoted
      ? { ...certificate, plan: { ...plan, asked: { request: id, of: staged.keyId, until: expiresAt } } }
      : certificate
  })
}

interface Askers {
  readonly askers: readonly string[]
  readonly credential?: RecordId
}

/** Who asks, with everybody by whom the credentials were made. @throws CodedError `APPROVAL_NOT_ALLOWED` */
function askersOf(account: Account, { actor, at }: Change, { elements }: ApprovalContent): Askers {
  if (actor === planActor) {
    const changed = new Set(elements.flatMap(({ list, id }) => (list === 'certificates' ? [id] : [])))
    const plans = account.certificates.flatMap(({ id, plan }) => (changed.has(id) && plan ? [plan] : []))
    return { askers: [...new Set([actor, ...plans.flatMap((plan) => settersIn(plan, account, at))])] }
  }
  const askers = makersOf(account, actor, at)
  if (askers === undefined) throw makerUnknown()
  const credential = credentialOf(account, actor, at)
  return { askers, ...(credential && { credential: credential.id }) }
}

/** @throws CodedError `APPROVAL_NOT_ALLOWED` */
function settersIn({ setBy, madeBy }: RenewalPlan, account: Account, at: string): readonly string[] {
  if (setBy === undefined) return []
  if (madeBy) return [setBy, ...madeBy]
  const setters = makersOf(account, setBy, at)
  if (setters) return setters
  throw new CodedError(
    'APPROVAL_NOT_ALLOWED',
    'This needs the word of a second person, and it is not known any more who has made the credentials that the plan was set by. Set the plan again, or promote the version yourself.',
  )
}

function makerUnknown(): CodedError {
  return new CodedError(
    'APPROVAL_NOT_ALLOWED',
    'This needs the word of a second person, and it is not known who has made the credentials that ask for it. Ask with others, such as an app key made anew.',
  )
}

/** Whose a request is where they are counted: one person can make any number of credentials that ask. */
function ownerOf(requestedBy: string, askers: readonly string[] = []): string | undefined {
  return requestedBy === planActor ? planActor : askers.at(-1)
}

/** @throws CodedError `TOO_MANY_APPROVALS` */
function refuseTooMany(open: readonly ApprovalRequest[], owner: string | undefined): void {
  const isPlan = owner === planActor
  const limit = isPlan ? maxOpenApprovalsOfPlans : maxOpenApprovalsOfOne
  if (open.filter((each) => ownerOf(each.requestedBy, each.open?.askers) === owner).length >= limit) {
    const person = 'A person, with all app keys and invitations that they have made,'
    throw tooManyApprovals(isPlan ? 'The renewal plans of an account' : person, limit)
  }
  if (open.length >= maxOpenApprovals) throw tooManyApprovals('An account', maxOpenApprovals)
}

function tooManyApprovals(whose: string, limit: number): CodedError {
  return new CodedError(
    'TOO_MANY_APPROVALS',
    `${whose} may have at most ${limit} requests that wait for approval. Have some decided, or withdraw them.`,
    { details: { limit } },
  )
}
