import type { Account } from '../account/account.ts'
import { type ApprovalDecision, type ApprovalRequest, isOpen, usualApprovalRule } from '../account/approval-request.ts'
import { minEmergencyReason } from '../account/approval-words.ts'
import type { Command, CommandContext, LongCommand } from '../account/command.ts'
import { openInvitations } from '../account/invitation.ts'
import { settingsOf } from '../account/settings.ts'
import { type ApprovalContent, contentIn, isChanged, partsBy } from '../approvals/approval-content.ts'
import { guardedEffects } from '../approvals/guarded-effects.ts'
import { digestOfLines, isSameDigest } from '../callers/digests.ts'
import type { Scope } from '../callers/scopes.ts'
import type { Certificate } from '../certificates/certificate.ts'
import { CodedError } from '../errors/coded-error.ts'
import { maxAppKeys, maxInvitations, maxTrusts } from '../limits/limits.ts'
import type { Mapping } from '../mappings/mapping.ts'
import { keepRefusing } from './any-host.ts'
import { throwFaults } from './entry-faults.ts'
import { faultsOf } from './mapping-faults.ts'
import { auditedActor, nextAccount } from './next-account.ts'
import { refuseExpired } from './version-errors.ts'

/** Whoever looks at a request, or decides it. */
export interface Decider {
  readonly subject: string
  readonly scopes: ReadonlySet<Scope>
  /** By a token of an issuer: not an app key, an invitation, a client certificate or a workload's SVID. */
  readonly isPerson: boolean
  /** A person who may administer all accounts. */
  readonly isOperator: boolean
}

export interface Approval {
  readonly decider: Decider
  /** What is changed, as {@link contentOf} has read it; undefined: its record is gone. */
  readonly content: ApprovalContent | undefined
  readonly reason?: string | undefined
  /** By the emergency way: whoever has asked. */
  readonly emergency?: boolean
}

/**
 * Makes the change that was asked for, and nothing else.
 * @throws CodedError `APPROVAL_NOT_FOUND`, `APPROVAL_CLOSED`, `APPROVAL_OWN`, `APPROVAL_NOT_ALLOWED`,
 *   `APPROVAL_OUTDATED`, `STORE_DAMAGED`, and what the change itself is refused for by now
 */
export function approveRequest(context: CommandContext, id: string, approval: Approval): LongCommand<ApprovalRequest> {
  const { decider, content, reason, emergency = false } = approval
  return function* (account) {
    const request = findOpenRequest(account, id, context.at)
    if (emergency) refuseEmergency(decider, reason)
    else refuseDecider(account, request, decider)
    if (!content) throw contentDamaged()
    if (!isStillThere(account, request, context.at)) throw approvalOutdated('Whoever asked for it was shut out since.')
    const parts = yield* partsBy(content, account, { at: context.at, revision: account.revision + 1 })
    if (!parts) throw approvalOutdated('What it would change was changed since.')
    const state = emergency ? 'overridden' : 'approved'
    const decided = decide(request, {
      state,
      by: auditedActor(context.actor),
      at: context.at,
      ...(reason && { reason }),
    })
    const certificates = withPlanAsked(parts.certificates ?? account.certificates, request, undefined)
    const changed = { ...parts, certificates, approvals: replaced(account, decided) }
    yield* checkNext(account, { ...account, ...changed }, content, context)
    const description = {
      action: emergency ? 'approvals.override' : 'approvals.approve',
      subjects: decisionSubjects(request, reason),
    } as const
    return {
      account: nextAccount(account, context, description, changed),
      result: decided,
      revoked: content.revoked,
    }
  }
}

/**
 * Approvers refuse; whoever has asked withdraws.
 * @throws CodedError `APPROVAL_NOT_FOUND`, `APPROVAL_CLOSED`, `APPROVAL_NOT_ALLOWED`
 */
export function refuseRequest(
  context: CommandContext,
  id: string,
  { decider, reason }: Pick<Approval, 'decider' | 'reason'>,
): Command<ApprovalRequest> {
  return (account) => {
    const request = findOpenRequest(account, id, context.at)
    const isOwn = isAsker(request, decider)
    if (!isOwn && !decider.isOperator) refuseDecider(account, request, decider)
    const decided = decide(request, {
      state: 'refused',
      by: auditedActor(context.actor),
      at: context.at,
      ...(reason && { reason }),
    })
    // A plan whose request is withdrawn would ask again at once.
    const isWithdrawn = isOwn && request.requestedBy === auditedActor(decider.subject)
    const next = nextAccount(
      account,
      context,
      {
        action: 'approvals.refuse',
        subjects: decisionSubjects(request, reason),
      },
      {
        approvals: replaced(account, decided),
        certificates: withPlanAsked(account.certificates, request, isWithdrawn ? undefined : 'refused'),
      },
    )
    return { account: next, result: decided, revoked: [] }
  }
}

/** @throws CodedError `APPROVAL_NOT_FOUND` */
export function findRequest({ approvals = [] }: Pick<Account, 'approvals'>, id: string): ApprovalRequest {
  const request = approvals.find((each) => each.id === id)
  if (request) return request
  throw new CodedError('APPROVAL_NOT_FOUND', 'This account has no such request for approval. List them for their ids.')
}

/** Why these credentials cannot approve a request; undefined: they can. */
export function approvalRefusal(
  account: Pick<Account, 'settings'>,
  request: ApprovalRequest,
  decider: Decider,
): CodedError | undefined {
  if (!decider.isPerson) {
    return notAllowed(
      'App keys, invitations, client certificates and workloads (SPIFFE) ask, and persons approve. Use a token of your own.',
    )
  }
  if (isAsker(request, decider)) {
    return new CodedError(
      'APPROVAL_OWN',
      'You have asked for this yourself, or made the credentials that did. Somebody else has to approve it.',
    )
  }
  if (isApprover(account, decider)) return undefined
  return notAllowed('These credentials may not approve changes of this account. Ask one of its approvers.')
}

/** Whether somebody may approve what others have asked for. */
export function isApprover(account: Pick<Account, 'settings'>, { isPerson, subject, scopes }: Decider): boolean {
  const { approvers, scope } = settingsOf(account).approvals ?? usualApprovalRule
  return isPerson && (approvers ? approvers.includes(subject) : scopes.has(scope))
}

/** Whether somebody has asked for it, or has made the credentials that did. */
export function isAsker({ open, requestedBy }: ApprovalRequest, { subject }: Pick<Decider, 'subject'>): boolean {
  const actor = auditedActor(subject)
  return requestedBy === actor || (open?.askers.includes(actor) ?? false)
}

/** Whether what it would change is not what it was, so that it cannot be approved. It pauses. */
export function* isOutdated(
  account: Account,
  request: ApprovalRequest,
  content: ApprovalContent,
  at: string,
): Generator<undefined, boolean> {
  return !isStillThere(account, request, at) || (yield* isChanged(content, account, at))
}

/**
 * What a request would change, as its record says. It pauses.
 * @throws CodedError `STORE_DAMAGED`: the record is not the one that was asked for
 */
export function* contentOf(request: ApprovalRequest, text: string): Generator<undefined, ApprovalContent> {
  const lines = text.split('\n')
  const digest = yield* digestOfLines(lines)
  if (!isSameDigest(digest, request.contentSha256)) throw contentDamaged()
  return yield* contentIn(lines)
}

function refuseDecider(account: Account, request: ApprovalRequest, decider: Decider): void {
  const refusal = approvalRefusal(account, request, decider)
  if (refusal) throw refusal
}

function refuseEmergency({ isOperator }: Decider, reason = ''): void {
  if (!isOperator) {
    throw notAllowed('The emergency way is for operators: a token for all accounts with the scope "mtls:admin".')
  }
  if ([...reason].length >= minEmergencyReason) return
  const message = `An emergency needs a reason of at least ${minEmergencyReason} characters.`
  throw new CodedError('VALIDATION_FAILED', message, { details: { field: 'reason' } })
}

/** @throws CodedError `APPROVAL_NOT_FOUND`, `APPROVAL_CLOSED` */
function findOpenRequest(account: Account, id: string, at: string): ApprovalRequest {
  const request = findRequest(account, id)
  if (isOpen(request, at)) return request
  const { decision } = request
  const message = decision
    ? `This was decided already: ${decision.state} by ${decision.by}.`
    : 'This request has expired. Whoever still wants it asks again.'
  throw new CodedError('APPROVAL_CLOSED', message)
}

/** Whether the app key or invitation that asked can still be used. */
function isStillThere(account: Account, { open }: ApprovalRequest, at: string): boolean {
  const credential = open?.credential
  if (credential === undefined) return true
  const isValid = ({ id, expiresAt }: { readonly id: string; readonly expiresAt: string | null }) =>
    id === credential && (expiresAt === null || Date.parse(expiresAt) > Date.parse(at))
  return account.appKeys.some(isValid) || openInvitations(account, at).some(isValid)
}

function decide({ open: _, ...request }: ApprovalRequest, decision: ApprovalDecision): ApprovalRequest {
  return { ...request, decision }
}

function decisionSubjects({ id, operation, requestedBy, subjects }: ApprovalRequest, reason?: string) {
  return [`${id} ${operation}`, `asked by ${requestedBy}`, ...(reason ? [`reason: ${reason}`] : []), ...subjects]
}

/** The one that was decided last comes last: the oldest ones are forgotten first. */
function replaced({ approvals = [] }: Account, request: ApprovalRequest): readonly ApprovalRequest[] {
  return [...approvals.filter(({ id }) => id !== request.id), request]
}

/** The plans that wait for this request. @param state undefined: they may ask again */
function withPlanAsked(
  certificates: readonly Certificate[],
  { id }: ApprovalRequest,
  state: 'refused' | undefined,
): readonly Certificate[] {
  if (!certificates.some(({ plan }) => plan?.asked?.request === id)) return certificates
  return certificates.map((certificate) => {
    const { plan } = certificate
    if (plan?.asked?.request !== id) return certificate
    const { asked, ...rest } = plan
    return { ...certificate, plan: state ? { ...rest, asked: { ...asked, refused: true } } : rest }
  })
}

/**
 * Others may have changed what it comes together with.
 * @throws CodedError `APPROVAL_OUTDATED`, and those of names, limits and versions
 */
function* checkNext(
  account: Account,
  next: Account,
  content: ApprovalContent,
  context: CommandContext,
): Generator<undefined, void> {
  const known = new Set(content.effects.map(({ action, to }) => `${action} ${to}`))
  const effects = yield* guardedEffects(account, next)
  if (effects.some(({ action, to }) => !known.has(`${action} ${to}`))) {
    throw approvalOutdated('It would do more than what was asked for.')
  }
  const ids = new Set(content.elements.flatMap(({ list, id }) => (list === 'mappings' ? [id] : [])))
  const mappings = next.mappings.filter(({ id }) => ids.has(id))
  throwFaults(faultsOf(next, { ...context, isAdmin: true }, next.mappings, mappings), mappings.length)
  refuseTakenNames(next.certificates)
  const [hadAll, hasAll] = [whatMappingsName(account), whatMappingsName(next)]
  if (next.mappings.some((mapping) => !hasAll(mapping) && (ids.has(mapping.id) || hadAll(mapping)))) {
    throw approvalOutdated('A certificate or trust list that it needs is gone, or was changed.')
  }
  if (settingsOf(next).unmappedCalls !== 'refuse') keepRefusing(next)
  const before = new Map(account.certificates.map((each) => [each.id, each.current?.versionId]))
  for (const { id, current } of next.certificates) {
    if (current && before.get(id) !== current.versionId) refuseExpired(current, context.at)
  }
  refuseTooMany(account, next, 'appKeys', { code: 'TOO_MANY_APP_KEYS', limit: maxAppKeys, what: 'app keys' })
  refuseTooMany(account, next, 'trusts', { code: 'TOO_MANY_TRUSTS', limit: maxTrusts, what: 'trust lists' })
  const limits = { code: 'TOO_MANY_INVITATIONS', limit: maxInvitations, what: 'invitations' } as const
  refuseTooMany(account, next, 'invitations', limits)
}

/** Whether the account has the certificates and the trust list of a mapping, as the mapping has them. */
function whatMappingsName({ certificates, trusts = [] }: Account): (mapping: Mapping) => boolean {
  const ids = new Set(certificates.map(({ id }) => id))
  const records = new Map(trusts.map(({ name, caRecordId }) => [name, caRecordId]))
  return ({ certificateId, messageSignature, targetTrust }) => {
    const trust = targetTrust?.trust
    const hasTrust = trust === undefined || records.get(trust) === targetTrust?.caRecordId
    return hasTrust && ids.has(certificateId) && ids.has(messageSignature?.certificateId ?? certificateId)
  }
}

function refuseTakenNames(certificates: readonly Certificate[]): void {
  const names = new Set<string>()
  for (const { name } of certificates) {
    if (names.size === names.add(name).size) {
      const message = `By now, this account has another certificate named "${name}". Rename one of them first.`
      throw new CodedError('CERTIFICATE_NAME_TAKEN', message)
    }
  }
}

interface ListLimit {
  readonly code: 'TOO_MANY_APP_KEYS' | 'TOO_MANY_TRUSTS' | 'TOO_MANY_INVITATIONS'
  readonly limit: number
  readonly what: string
}

function refuseTooMany(
  account: Account,
  next: Account,
  list: 'appKeys' | 'trusts' | 'invitations',
  { code, limit, what }: ListLimit,
): void {
  const count = next[list]?.length ?? 0
  if (count <= Math.max(limit, account[list]?.length ?? 0)) return
  throw new CodedError(code, `An account may have at most ${limit} ${what}.`, { details: { limit } })
}

function approvalOutdated(why: string): CodedError {
  return new CodedError('APPROVAL_OUTDATED', `${why} Nothing was changed. Whoever still wants it asks again.`)
}

function contentDamaged(): CodedError {
  return new CodedError(
    'STORE_DAMAGED',
    'What is stored of this request is not what was asked for. Nothing was changed; tell the operator, and ask again.',
  )
}

function notAllowed(message: string): CodedError {
  return new CodedError('APPROVAL_NOT_ALLOWED', message)
}
