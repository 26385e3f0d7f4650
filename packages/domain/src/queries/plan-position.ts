import type { Certificate, CertificateVersion, StagedVersion, UploadedVersion } from '../certificates/certificate.ts'
import { endOf, isExpired } from '../certificates/certificate-status.ts'
import { isRequested } from '../certificates/certificate-versions.ts'
import {
  failureOf,
  type PlanFailure,
  type PlanState,
  type PlanStep,
  type PlanWait,
  planRenewAt,
  type RenewalPlan,
  type RenewalRequest,
} from '../certificates/renewal-plan.ts'
import type { CertificateId, RecordId } from '../identifiers/ids.ts'
import { isTakenBack, type Mapping } from '../mappings/mapping.ts'
import { acceptsStaged, isProbed } from './target-verdicts.ts'

/** Where the plan of a certificate stands. */
export interface PlanPosition {
  readonly state: PlanState
  /** What the gateway does next by itself; absent: it waits for a person. */
  readonly next?: {
    readonly step: PlanStep
    /** Milliseconds since 1970; infinite: when its source has something new. */
    readonly at: number
  }
  readonly waitsFor?: PlanWait
  /** When it is another one although nothing has happened, in milliseconds since 1970: a version has expired. */
  readonly until?: number
  /** How often the next step has failed in a row. */
  readonly attempts: number
  /** What is new in its source is taken, whatever the next step is. */
  readonly fetches?: boolean
  /** Mappings that the step `promote` promotes; absent: the whole certificate. */
  readonly ready?: readonly Mapping[]
}

/**
 * What the plan of a certificate does next, and when. It follows from the certificate alone, so a process that is
 * killed between two steps leaves nothing to repair, and what people do by hand counts as well.
 *
 * @param own the mappings of this certificate
 * @param now milliseconds since 1970
 * @returns undefined for a certificate without a plan
 */
export function planPosition(certificate: Certificate, own: readonly Mapping[], now: number): PlanPosition | undefined {
  const { plan } = certificate
  if (!plan) return undefined
  const position = positionBy(plan, certificate, own, now)
  return fetches(plan, certificate, own, now) ? { ...position, fetches: true } : position
}

function positionBy(plan: RenewalPlan, certificate: Certificate, own: readonly Mapping[], now: number): PlanPosition {
  const { current, staged, previous } = certificate
  const { due, waits } = stepsOf(certificate, plan)
  if (!staged) {
    // Renewing would bring back what was rolled back. Once the version in use has expired, that is no worse.
    const isRolledBack = current && previous?.rolledBack && !isExpired(current, now)
    if (isRolledBack) return { ...waits('idle', 'rollback'), until: Date.parse(current.notAfter) }
    if (plan.source !== undefined) return due('idle', 'fetch', Number.POSITIVE_INFINITY)
    return due('idle', 'request', current ? renewalTime(certificate) : now)
  }
  if (!isOfPlan(plan, staged)) {
    return isRequested(staged) ? waits('requested', 'signature') : waits('staged', 'promotion')
  }
  if (isRequested(staged)) {
    const { reference, askAt } = plan.order ?? {}
    if (reference === undefined) return due('requested', 'order', Date.parse(staged.createdAt))
    return askAt === undefined ? waits('ordered', 'signature') : due('ordered', 'order', Date.parse(askAt))
  }
  const ends = Date.parse(staged.notAfter)
  if (isExpired(staged, now)) {
    const state = stateOfStaged(staged, own)
    return plan.source === undefined ? due(state, 'request', ends) : due(state, 'fetch', Number.POSITIVE_INFINITY)
  }
  const isLast = plan.promote !== 'manual' && current !== undefined && isExpired(current, now)
  const until = plan.promote === 'manual' || isLast ? ends : Math.min(ends, endOf(certificate))
  const position = positionOfStaged({ certificate, plan, staged, isLast }, own, { due, waits })
  return whileAsked({ ...position, until }, certificate, now)
}

/** A promotion that needs a second person was asked for: nobody asks again while it waits, or after it was refused. */
function whileAsked(position: PlanPosition, { plan, staged }: Certificate, now: number): PlanPosition {
  const asked = plan?.asked
  if (position.next?.step !== 'promote' || !asked || asked.of !== staged?.keyId) return position
  const { state, until = Number.POSITIVE_INFINITY } = position
  if (asked.refused) return { state, waitsFor: 'refusal', attempts: 0, until }
  const askedUntil = Date.parse(asked.until)
  return askedUntil <= now ? position : { state, waitsFor: 'approval', attempts: 0, until: Math.min(until, askedUntil) }
}

/** Where a plan counts among many: its state, or what is more urgent. */
export type PlanStanding = PlanState | 'waiting' | 'failing'

export function planStanding({ state, waitsFor, attempts }: PlanPosition): PlanStanding {
  if (waitsFor !== undefined) return 'waiting'
  return attempts > 0 ? 'failing' : state
}

/** Whether the plan has made the key of what is staged, or fetched it. */
export function isOfPlan({ order, fetched }: RenewalPlan, { keyId }: StagedVersion): boolean {
  return order?.keyId === keyId || fetched?.keyId === keyId
}

/** The renewal that was asked for, as long as it has not come: what is in use may have been staged before. */
export function requestedRenewal({ current, plan }: Certificate): RenewalRequest | undefined {
  const request = plan?.renewNow
  return request && current?.issuer === request.issuer && isOlder(current, request) ? request : undefined
}

/** Whether a version, or the key of the next one, was there before its replacement was asked for. */
export function isOlder(
  { createdAt }: Pick<StagedVersion, 'createdAt'>,
  { issuedBefore, at }: RenewalRequest,
): boolean {
  return createdAt < issuedBefore && createdAt <= at
}

/**
 * What a person has staged stays; what the plan has staged gives way to what is newer, until a mapping presents it, or
 * it has expired.
 */
function fetches(plan: RenewalPlan, { current, staged }: Certificate, own: readonly Mapping[], now: number): boolean {
  if (plan.source === undefined || !current) return false
  if (!staged) return true
  if (!isOfPlan(plan, staged) || isRequested(staged)) return false
  return isExpired(staged, now) || !own.some(({ pinned }) => pinned === staged.versionId)
}

interface Steps {
  readonly due: (state: PlanState, step: PlanStep, at: number, ready?: readonly Mapping[]) => PlanPosition
  readonly waits: (state: PlanState, waitsFor: PlanWait) => PlanPosition
}

function stepsOf(certificate: Certificate, plan: RenewalPlan): Steps {
  const subject = planSubject(certificate)
  return {
    due: (state, step, at, ready) => {
      const last = failureOf(plan, step)
      const failed = last?.of === subject ? last : undefined
      const again = failed && repetitionTime(certificate, failed)
      // What fails although nothing has changed in the source may be the way to it.
      const from = again === undefined ? at : step === 'fetch' ? again : Math.max(at, again)
      return { state, next: { step, at: from }, attempts: failed?.attempts ?? 0, ...(ready && { ready }) }
    },
    waits: (state, waitsFor) => ({ state, waitsFor, attempts: 0 }),
  }
}

/** What a step that fails is about: another key, or another version in use, begins anew. */
export function planSubject({ current, staged }: Certificate): RecordId | undefined {
  return staged?.keyId ?? current?.versionId
}

interface StagedByPlan {
  readonly certificate: Certificate
  readonly plan: RenewalPlan
  readonly staged: UploadedVersion
  /** The version in use has expired. Calls that present it fail, whatever their targets say of the next one. */
  readonly isLast: boolean
}

function positionOfStaged(
  { certificate, plan, staged, isLast }: StagedByPlan,
  own: readonly Mapping[],
  { due, waits }: Steps,
): PlanPosition {
  const { probe, versionId } = staged
  const state = stateOfStaged(staged, own)
  const stagedAt = Date.parse(staged.createdAt)
  const needsTest = own.some(isProbed)
  const isTested = !needsTest || probe?.ok === true
  const left = own.filter(({ pinned }) => pinned !== versionId)
  const differs = plan.failure?.code === 'NEXT_VERSION_DIFFERS' && plan.failure.of === staged.keyId
  if (isLast && !differs) return due(state, 'promote', endOf(certificate), left)
  if (plan.test === 'auto' && needsTest && !probe) return due(state, 'test', stagedAt)
  if (plan.promote === 'manual') {
    if (isTested || plan.test === 'manual') return waits(state, 'promotion')
    return due(state, 'test', stagedAt)
  }
  if (differs) return waits(state, 'differences')
  if (plan.promote === 'eachTarget' && own.length > 0) {
    const ready = left.filter(acceptsStaged(staged))
    // None is left where those that were have been deleted.
    if (ready.length > 0 || left.length === 0) return due(state, 'promote', stagedAt, ready)
    // A target that refuses it now may have it registered later.
    const mayAccept = (mapping: Mapping) => isProbed(mapping) && !isTakenBack(mapping, staged.versionId)
    const isTestedAgain = plan.test === 'auto' && left.some(mayAccept)
    return isTestedAgain ? due(state, 'test', stagedAt) : waits(state, 'owners')
  }
  if (left.some((mapping) => isTakenBack(mapping, staged.versionId))) return waits(state, 'rollback')
  if (isTested) return due(state, 'promote', stagedAt)
  return plan.test === 'auto' ? due(state, 'test', stagedAt) : waits(state, 'test')
}

function stateOfStaged({ probe, versionId }: UploadedVersion, own: readonly Mapping[]): PlanState {
  if (own.some(({ pinned }) => pinned === versionId)) return 'promoting'
  return probe?.ok ? 'tested' : 'staged'
}

const secondMs = 1_000
const hourMs = 3_600_000

/** When the version in use is due to be renewed, in milliseconds since 1970; certificates of one day are spread. */
function renewalTime(certificate: Certificate): number {
  const { id, current, plan } = certificate
  if (!current || !plan) return Number.POSITIVE_INFINITY
  const requested = requestedRenewal(certificate)
  if (requested) return Date.parse(requested.at)
  const lifetime = lifetimeOf(current)
  const spread = Math.min(lifetime / 50, hourMs) * spreadOf(id)
  const at = Date.parse(current.notBefore) + lifetime * plan.renewAt + spread
  return plan.order?.keyId === current.keyId ? Math.max(at, soonestAgain(current)) : at
}

/** CAs date their certificates back: one that came late in its own lifetime would be renewed at once, for ever. */
function soonestAgain({ createdAt, notAfter }: CertificateVersion): number {
  const [from, to] = [Date.parse(createdAt), Date.parse(notAfter)]
  return from + (to - from) * planRenewAt.earliest
}

/**
 * When a step that has failed is due again: after a minute, then after twice as long each time, up to six hours. With a
 * certificate that lives only minutes there is no such time, until it has expired: each failure is kept in the audit.
 */
function repetitionTime({ id, current }: Certificate, { at, attempts }: PlanFailure): number {
  const lifetime = current ? lifetimeOf(current) : Number.POSITIVE_INFINITY
  const first = clamp(lifetime / 120, secondMs, 60 * secondMs)
  const sinceEnd = current ? Date.parse(at) - Date.parse(current.notAfter) : 0
  const longest = clamp(Math.max(lifetime / 24, sinceEnd), 5 * secondMs, 6 * hourMs)
  const delay = Math.min(first * 2 ** Math.min(attempts - 1, 20), longest)
  return Date.parse(at) + delay * (0.75 + spreadOf(id + attempts) / 4)
}

function lifetimeOf({ notBefore, notAfter }: CertificateVersion): number {
  return Date.parse(notAfter) - Date.parse(notBefore)
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most)
}

/** At least 0, below 1, and the same each time: so what is shown as the next time is when it happens. */
function spreadOf(id: CertificateId | number): number {
  return (((id % 65_536) * 40_503) % 65_536) / 65_536
}
