import type { Account } from '../account/account.ts'
import { type Command, type CommandContext, changedMappings } from '../account/command.ts'
import type { Certificate, RequestedVersion, UploadedVersion } from '../certificates/certificate.ts'
import { isExpired } from '../certificates/certificate-status.ts'
import { isRequested } from '../certificates/certificate-versions.ts'
import {
  failureOf,
  type PlanChoices,
  type PlanOrder,
  type PlanStep,
  type RenewalPlan,
} from '../certificates/renewal-plan.ts'
import type { VersionDifferenceCode } from '../certificates/version-difference-codes.ts'
import { CodedError } from '../errors/coded-error.ts'
import type { ErrorCode } from '../errors/error-codes.ts'
import type { CertificateId, RecordId } from '../identifiers/ids.ts'
import type { Mapping } from '../mappings/mapping.ts'
import { planSubject, requestedRenewal } from '../queries/plan-position.ts'
import { type CertificateChanged, changeCertificate, findCertificate } from './certificate-change.ts'
import { certificatePending } from './certificates.ts'
import { settersOf } from './makers.ts'
import { nextAccount } from './next-account.ts'
import { withoutPromotion } from './pinned-mappings.ts'
import { stageVersion } from './staged-versions.ts'
import { versionChanged } from './version-errors.ts'

/**
 * Has a certificate renew itself; what is under way goes on under the new choices. A replacement that was asked for is
 * called off.
 * @throws CodedError `CERTIFICATE_NOT_FOUND`
 */
export function setPlan(context: CommandContext, id: CertificateId, choices: PlanChoices): Command<CertificateChanged> {
  return (account) =>
    changeCertificate(account, context, id, {
      action: 'plans.set',
      change: (certificate) =>
        planCertificate(certificate, choices, { ...settersOf(account, context), at: context.at }),
    })
}

/** Who sets a plan. */
export type PlanSetters = ReturnType<typeof settersOf>

/** @throws CodedError `CERTIFICATE_PENDING_SIGNATURE`: a source takes over, and the order is all that there is */
export function planCertificate(
  { plan, ...certificate }: Certificate,
  choices: PlanChoices,
  { at, ...setters }: PlanSetters & Pick<CommandContext, 'at'>,
): CertificateChanged {
  const {
    failure: _,
    fetchFailure: __,
    renewNow: ___,
    order,
    fetched,
    profile,
    source: ____,
    madeBy: _____,
    ...kept
  } = plan ?? {}
  if (choices.source !== undefined) {
    const { dropped, ...left } = withoutOrder(certificate, order)
    // What was dropped may come from the source again.
    const isStaged = fetched && certificate.staged?.keyId === fetched.keyId
    return {
      certificate: { ...left, plan: { ...kept, ...(isStaged && { fetched }), ...choices, ...setters } },
      dropped,
    }
  }
  // Another issuer knows nothing of the order.
  const next = order && profile !== choices.profile ? orderedAnew(order, at) : order
  return { certificate: { ...certificate, plan: { ...kept, ...(next && { order: next }), ...choices, ...setters } } }
}

/**
 * What is staged stays, but for a request that the plan has made.
 * @throws CodedError `CERTIFICATE_NOT_FOUND`, `PLAN_NOT_FOUND`, `CERTIFICATE_PENDING_SIGNATURE`
 */
export function removePlan(context: CommandContext, id: CertificateId): Command<CertificateChanged> {
  return (account) => {
    planOf(findCertificate(account, id))
    return changeCertificate(account, context, id, { action: 'plans.remove', change: unplanCertificate })
  }
}

/** @throws CodedError `PLAN_NOT_FOUND`, `CERTIFICATE_PENDING_SIGNATURE` */
export function unplanCertificate({ plan: { order } = planOf({}), ...certificate }: Certificate): CertificateChanged {
  const { dropped, ...left } = withoutOrder(certificate, order)
  return { certificate: left, dropped }
}

/**
 * The order of a plan ends with it: nobody could sign its request any more.
 * @throws CodedError `CERTIFICATE_PENDING_SIGNATURE`: it is all that the certificate has
 */
function withoutOrder(
  { staged, ...certificate }: Certificate,
  order: PlanOrder | undefined,
): Certificate & { readonly dropped?: RequestedVersion } {
  if (!staged || !isRequested(staged) || staged.keyId !== order?.keyId) {
    return { ...certificate, ...(staged && { staged }) }
  }
  if (!certificate.current) throw certificatePending()
  return { ...certificate, dropped: staged }
}

/** @throws CodedError `PLAN_NOT_FOUND` */
export function planOf({ plan }: Pick<Certificate, 'plan'>): RenewalPlan {
  if (plan) return plan
  throw new CodedError('PLAN_NOT_FOUND', 'This certificate has no renewal plan. Give it one first.')
}

export interface RenewalsNow {
  /** As certificates state it. */
  readonly issuer: string
  /** ISO 8601 in UTC: what came later is a replacement already. */
  readonly issuedBefore: string
  readonly accepts: readonly VersionDifferenceCode[]
}

/** What is to be replaced of an issuer. */
export interface Replacement {
  /** Certificates that their plans renew now. Those that were asked for before are among them. */
  readonly requested: number
  /** Those without a plan, and those whose plan takes the next version from a source. */
  readonly leftToPeople: number
}

/** The certificates in use that this issuer has signed, and that came before a time. */
export function replacementOf(
  { certificates }: Pick<Account, 'certificates'>,
  wanted: Pick<RenewalsNow, 'issuer' | 'issuedBefore'>,
): Replacement {
  const own = certificates.filter((certificate) => isToReplace(certificate, wanted))
  const requested = own.filter(({ plan }) => plan?.profile !== undefined).length
  return { requested, leftToPeople: own.length - requested }
}

function isToReplace(
  { current }: Certificate,
  { issuer, issuedBefore }: Pick<RenewalsNow, 'issuer' | 'issuedBefore'>,
): boolean {
  return current !== undefined && current.issuer === issuer && current.createdAt < issuedBefore
}

/**
 * Makes the renewal of all certificates of an issuer due now that an issuer renews by a plan, in one change. Those that
 * were asked for before stay as they are, unless their request or order has failed: it is tried again now. What a plan
 * waits for that is accepted now goes on.
 * @throws CodedError `PRECONDITION_FAILED`, `IDEMPOTENCY_KEY_REUSED`, `TOKEN_INVALID`
 */
export function renewNow(context: CommandContext, wanted: RenewalsNow): Command<Replacement> {
  const { issuer, issuedBefore, accepts } = wanted
  return (account) => {
    const result = replacementOf(account, wanted)
    const revision = account.revision + 1
    const subjects: string[] = []
    const certificates = account.certificates.map((certificate) => {
      const { id, name, plan } = certificate
      if (!plan?.profile || !isToReplace(certificate, wanted)) return certificate
      const { failure, ...rest } = plan
      const known = requestedRenewal(certificate)
      const accepted = new Set([...(known?.accepts ?? []), ...accepts])
      const acceptsMore = accepted.size > (known?.accepts?.length ?? 0)
      const isOver =
        failure?.step === 'request' ||
        failure?.step === 'order' ||
        (failure?.code === 'NEXT_VERSION_DIFFERS' && acceptsMore)
      if (known && known.issuedBefore >= issuedBefore && !acceptsMore && !isOver) return certificate
      subjects.push(`${id} ${name}${accepts.length > 0 ? ` (accepts ${accepts.join(', ')})` : ''}`)
      const renewNow = {
        issuer,
        issuedBefore: known && known.issuedBefore > issuedBefore ? known.issuedBefore : issuedBefore,
        at: context.at,
        ...(accepted.size > 0 && { accepts: [...accepted] }),
      }
      const next = { ...rest, ...(failure && !isOver && { failure }), renewNow }
      return { ...certificate, plan: next, updatedAt: context.at, revision }
    })
    const description = { action: 'plans.renew-now', subjects } as const
    // Whether it may be made is asked even if nothing is left to be changed.
    const next = nextAccount(account, context, description, { certificates })
    return { account: subjects.length > 0 ? next : account, result, revoked: [] }
  }
}

/** In what the next version of a certificate may differ although nobody has looked at it. */
export function acceptedByPlan(certificate: Certificate): readonly VersionDifferenceCode[] {
  return requestedRenewal(certificate)?.accepts ?? []
}

export interface PlannedRequest {
  readonly request: RequestedVersion
  readonly csrId: RecordId
  /** The key of what was staged when the key was made: nothing that was staged since is replaced. */
  readonly replaces: RecordId | undefined
}

/**
 * Stages the next key, which the plan has made. Mappings that were promoted to what has expired meanwhile present the
 * version in use again: otherwise nothing could be staged.
 * @throws CodedError `CERTIFICATE_NOT_FOUND`, `PLAN_NOT_FOUND`, `VERSION_CHANGED`, `PROMOTION_UNDERWAY`
 */
export function requestByPlan(
  context: CommandContext,
  id: CertificateId,
  { request, csrId, replaces }: PlannedRequest,
): Command<CertificateChanged> {
  return (account) => {
    const present = findCertificate(account, id)
    const { order: _, ...plan } = planOf(present)
    if (present.staged?.keyId !== replaces) throw versionChanged()
    const ordered = { ...present, plan: { ...plan, order: { keyId: request.keyId, csrId } } }
    return stageInPlaceOf(account, context, { present, next: ordered }, request)
  }
}

/** Mappings that present what has expired go back first: otherwise nothing could be staged. */
function stageInPlaceOf(
  account: Account,
  context: CommandContext,
  { present, next }: { readonly present: Certificate; readonly next: Certificate },
  version: RequestedVersion | UploadedVersion,
) {
  const { mappings } = account
  const { staged } = next
  const isOver = staged !== undefined && !isRequested(staged) && isExpired(staged, Date.parse(context.at))
  const freed = isOver ? withoutPins(account, next, staged.versionId) : { certificate: next, mappings }
  const certificates = account.certificates.map((each) => (each === present ? freed.certificate : each))
  const applied = stageVersion(context, next.id, version)({ ...account, certificates, mappings: freed.mappings })
  return freed.mappings === mappings ? applied : { ...applied, revoked: [...applied.revoked, changedMappings] }
}

/** A version that no mapping names any more. */
function withoutPins({ mappings, revision }: Account, certificate: Certificate, version: RecordId) {
  const isPinned = ({ certificateId, pinned }: Mapping) => certificateId === certificate.id && pinned === version
  if (!mappings.some(isPinned)) return { certificate, mappings }
  const { pinned = [], ...rest } = certificate
  const kept = pinned.filter(({ versionId }) => versionId !== version)
  return {
    certificate: { ...rest, ...(kept.length > 0 && { pinned: kept }) },
    mappings: mappings.map((each) => (isPinned(each) ? { ...withoutPromotion(each), revision: revision + 1 } : each)),
  }
}

export interface FetchedVersion {
  readonly source: string
  readonly version: UploadedVersion
  /** The key of what was staged when it was decided on: nothing that was staged since is replaced. */
  readonly replaces: RecordId | undefined
}

/**
 * Stages what the plan has fetched from its source.
 * @throws CodedError `CERTIFICATE_NOT_FOUND`, `PLAN_NOT_FOUND`, `VERSION_CHANGED`, `PROMOTION_UNDERWAY`
 */
export function stageFetched(
  context: CommandContext,
  id: CertificateId,
  { source, version, replaces }: FetchedVersion,
): Command<CertificateChanged> {
  return (account) => {
    const present = findCertificate(account, id)
    const plan = planOf(present)
    if (plan.source !== source || present.staged?.keyId !== replaces) throw versionChanged()
    const { keyId, fingerprintSha256 } = version
    const fetched = { ...present, plan: { ...plan, fetched: { keyId, fingerprintSha256 } } }
    return stageInPlaceOf(account, context, { present, next: fetched }, version)
  }
}

/** The source has what is known already: a failure to fetch is over. @throws CodedError `PLAN_NOT_FOUND` */
export function noteNothingFetched(context: CommandContext, id: CertificateId): Command<CertificateChanged> {
  return changePlan(context, id, 'plans.fetch', ({ fetchFailure: _, ...plan }) => plan)
}

export interface PendingOrder {
  /** The key that it is for. */
  readonly keyId: RecordId
  readonly reference: string
  /** ISO 8601; undefined: people bring the certificate. */
  readonly askAt: string | undefined
}

/** The issuer has taken an order, and will answer it later. @throws CodedError `PLAN_NOT_FOUND`, `VERSION_CHANGED` */
export function notePlanOrder(
  context: CommandContext,
  id: CertificateId,
  { keyId, reference, askAt }: PendingOrder,
): Command<CertificateChanged> {
  return changePlan(context, id, 'plans.order', (plan) => {
    if (plan.order?.keyId !== keyId) throw versionChanged()
    return { ...plan, order: { ...plan.order, reference, ...(askAt !== undefined && { askAt }) } }
  })
}

export interface FailedPlanStep {
  readonly step: PlanStep
  /** What it was about, when it began: see `planSubject`. */
  readonly of: RecordId | undefined
  readonly code: ErrorCode
  /** What the issuer has answered can't be used: the same key is ordered once more. */
  readonly ordersAnew: boolean
}

/**
 * A step has failed, and is tried again later. One that was about what is not there any more changes nothing.
 * @throws CodedError `CERTIFICATE_NOT_FOUND`
 */
export function notePlanFailure(
  context: CommandContext,
  id: CertificateId,
  { step, of, code, ordersAnew }: FailedPlanStep,
): Command<CertificateChanged> {
  return (account) => {
    const certificate = findCertificate(account, id)
    if (!certificate.plan || planSubject(certificate) !== of) {
      return { account, result: { certificate }, revoked: [] }
    }
    return changePlan(context, id, 'plans.fail', (plan) => {
      const last = failureOf(plan, step)
      const before = last?.of === of ? last : undefined
      const failure = {
        ...{ step, code, at: context.at, attempts: (before?.attempts ?? 0) + 1 },
        ...(of !== undefined && { of }),
        ...(before && { since: before.since ?? before.at }),
      }
      const { order } = plan
      return {
        ...plan,
        ...(order && ordersAnew && { order: orderedAnew(order, context.at) }),
        ...(step === 'fetch' ? { fetchFailure: failure } : { failure }),
      }
    })(account)
  }
}

function orderedAnew({ keyId, csrId, repeated = 0 }: PlanOrder, orderedAt: string): PlanOrder {
  return { keyId, csrId, repeated: repeated + 1, orderedAt }
}

function changePlan(
  context: CommandContext,
  id: CertificateId,
  action: 'plans.order' | 'plans.fail' | 'plans.fetch',
  change: (plan: RenewalPlan) => RenewalPlan,
): Command<CertificateChanged> {
  return (account) =>
    changeCertificate(account, context, id, {
      action,
      change: (certificate) => ({ certificate: { ...certificate, plan: change(planOf(certificate)) } }),
    })
}
