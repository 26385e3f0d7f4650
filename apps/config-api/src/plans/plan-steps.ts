import { problemStatus } from '@mtls-gateway/contract'
import {
  type AccountId,
  acceptedByPlan,
  type Certificate,
  CodedError,
  type ErrorCode,
  isCodedError,
  isExpired,
  isRequested,
  notePlanFailure,
  notePlanOrder,
  type PlanStep,
  planOf,
  planSubject,
  type RequestKeyType,
  requestByPlan,
  requestKeyTypes,
} from '@mtls-gateway/domain'
import {
  checkIssued,
  type Issuance,
  type IssuanceOrder,
  type Issuer,
  IssuerError,
  type IssuerProfile,
  type Issuers,
} from '@mtls-gateway/issuance'
import type { KeyMaterialPool } from '@mtls-gateway/key-material'
import { type AccountWriter, ApprovalRequested } from '@mtls-gateway/registry'
import type { VersionChanges } from '../certificates/versions/version-changes.ts'
import type { VersionRecords } from '../certificates/versions/version-records.ts'
import type { SigningRequests } from '../signing-requests/signing-requests.ts'
import type { StagedProbes } from '../staged-versions/staged-probes.ts'
import type { StagedVersions } from '../staged-versions/staged-versions.ts'
import type { DueStep } from './due-step.ts'
import type { SourceFetches } from './source-fetches.ts'

export interface PlanStepsParts {
  readonly writer: AccountWriter
  readonly issuers: Issuers
  readonly requests: SigningRequests
  readonly records: VersionRecords
  readonly changes: VersionChanges
  readonly versions: StagedVersions
  readonly probes: StagedProbes
  readonly keyMaterial: KeyMaterialPool
  readonly fetches: SourceFetches
}

/** How long an issuer has to answer. */
const issuerDeadlineMs = 30_000
/** When a pending order is asked for again, unless the issuer says so. */
const askAgainMs = 60_000
const longestAskMs = 6 * 3_600_000
const notedForMs = 30_000
/** How long an order may be pending, if the version in use does not end before. */
const longestPendingMs = 7 * 86_400_000

/**
 * Does the steps of plans. Each ends with one change of the account: whoever is killed before it has left nothing that
 * the next attempt would stumble over.
 */
export class PlanSteps {
  readonly #parts: PlanStepsParts

  constructor(parts: PlanStepsParts) {
    this.#parts = parts
  }

  /** Who answers the orders of a plan. A CA that an account has for itself depends on that account alone. */
  issuerOf(accountId: AccountId, { plan }: Certificate): string {
    const profile = this.#parts.issuers.profiles(accountId).find(({ name }) => name === plan?.profile)
    return profile?.kind === 'local' ? `${profile.name} ${accountId}` : `${plan?.profile}`
  }

  /** @throws StepFailure; ApprovalRequested: it waits for somebody's word */
  async take(due: DueStep): Promise<void> {
    const { account, certificate, step, context, signal } = due
    try {
      await this.#steps[step](due)
    } catch (error) {
      // Nothing has failed: it waits for somebody from now on.
      if (error instanceof ApprovalRequested) throw error
      const failure = codedFailure(error)
      // Somebody else was faster, or the service stops: that is no failure of the plan.
      if (isNobodysFailure(failure.code) || signal.aborted) {
        throw new StepFailure(failure, false)
      }
      const of = planSubject(certificate)
      const { code } = failure
      if (due.isShared && wasJustNoted(certificate, code)) throw new StepFailure(failure, true)
      const ordersAnew = step === 'order' && isUnusable(code)
      const made = context()
      const note = notePlanFailure(made, certificate.id, { step, of, code, ordersAnew })
      const isNoted = await this.#parts.writer.change(account.accountId, made.changeId, note).then(
        () => true,
        () => false,
      )
      throw new StepFailure(failure, isNoted)
    }
  }

  /** A key type that the issuer signs, if possible that of the version in use. */
  async #request({ account: { accountId }, certificate, context }: DueStep): Promise<void> {
    const { requests, records, changes, writer } = this.#parts
    const plan = planOf(certificate)
    const profile = profileOf(this.#parts.issuers, accountId, plan.profile)
    const keyType = keyTypeOf(certificate.current?.keyType, profile.keyTypes)
    const made = context()
    const { request, csr } = await requests.makeRenewal(accountId, made, certificate, { keyType })
    const csrId = await records.storeChain(accountId, { leaf: csr, chain: [] })
    const command = requestByPlan(made, certificate.id, { request, csrId, replaces: certificate.staged?.keyId })
    await changes.make(accountId, made, command, { keyId: request.keyId, versionId: csrId })
    if (plan.order) await writer.records.purge([{ kind: 'chains', accountId, id: plan.order.csrId }])
  }

  async #order({ account: { accountId }, certificate, context, signal }: DueStep): Promise<void> {
    const { requests, writer, keyMaterial } = this.#parts
    const { profile, order } = planOf(certificate)
    const { staged, id } = certificate
    if (!order || !staged || !isRequested(staged)) throw new TypeError('nothing is to be ordered')
    const { keyId, csrId, repeated, reference, orderedAt } = order
    const issuer = this.#issuer(accountId, profile)
    const { leaf: csr } = await this.#parts.records.readChain(accountId, { versionId: csrId })
    const ordered: IssuanceOrder = { id: repeated ? `${keyId}.${repeated}` : keyId, account: accountId, csr }
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(issuerDeadlineMs)])
    const issuance = await askIssuer(issuer, ordered, reference, deadline)
    const made = context()
    if (issuance.state === 'pending') {
      const { byPeople = false } = issuance
      if (!byPeople && isPendingTooLong(certificate, Date.parse(made.at))) throw pendingTooLong()
      const askAt = byPeople
        ? undefined
        : nextAsk(issuance.askAgainInMs, Date.parse(orderedAt ?? staged.createdAt), Date.parse(made.at))
      const command = notePlanOrder(made, id, { keyId, reference: issuance.reference, askAt })
      await writer.change(accountId, made.changeId, command)
      return
    }
    const ca = await issuer.ca(accountId, deadline)
    const expected = { profile: profileOf(this.#parts.issuers, accountId, profile), ca, keyMaterial }
    const { certificates } = await checkIssued(ordered, issuance, expected, new Date(made.at))
    const place = certificate.current ? 'staged' : 'certificate'
    await requests.complete(accountId, made, id, { place, pem: certificates })
  }

  async #test({ account: { accountId }, certificate: { id, plan }, context }: DueStep): Promise<void> {
    const changes = { first: context(), last: context }
    const { ok, kept, results } = await this.#parts.probes.probe(accountId, changes, id, { urls: [], method: 'HEAD' })
    const isDoubtful = results.some(({ clientCertificate }) => clientCertificate === 'doubtful')
    // A target that may not have taken it is asked again, unless its owner says so.
    if (ok === false || (plan?.promote === 'eachTarget' && isDoubtful)) {
      throw new CodedError('STAGED_PROBE_FAILED', 'A target did not accept the next version. See its last probe.')
    }
    // Without its outcome, what is staged would be tested again at once.
    if (kept === 'nothing') throw new CodedError('ACCOUNT_FULL', 'The account has no room for the outcome of the test.')
  }

  async #promote({ account: { accountId }, certificate, ready, context }: DueStep): Promise<void> {
    const made = context()
    const { current } = certificate
    // Calls that present what has expired fail, whatever their targets say of the next version.
    const isLast = current !== undefined && isExpired(current, Date.parse(made.at))
    const choice = {
      mappings: ready?.map((mapping) => mapping.id),
      force: false,
      ...(ready && (isLast ? { ignoresProbe: true } : { ifAccepted: true })),
      accepted: acceptedByPlan(certificate),
    }
    await this.#parts.versions.promote(accountId, made, certificate.id, choice)
  }

  readonly #steps: Readonly<Record<PlanStep, (due: DueStep) => Promise<void>>> = {
    request: (due) => this.#request(due),
    order: (due) => this.#order(due),
    fetch: (due) => this.#parts.fetches.fetch(due),
    test: (due) => this.#test(due),
    promote: (due) => this.#promote(due),
  }

  /** @throws CodedError `ISSUER_PROFILE_UNKNOWN` */
  #issuer(account: AccountId, name: string | undefined): Issuer {
    const issuer = name === undefined ? undefined : this.#parts.issuers.find(account, name)
    if (!issuer) throw profileUnknown()
    return issuer
  }
}

/** `NO_PENDING_REQUEST`: the certificate has come another way meanwhile. */
function isNobodysFailure(code: ErrorCode): boolean {
  return code === 'VERSION_CHANGED' || code === 'NO_PENDING_REQUEST' || code === 'SHUTTING_DOWN'
}

/** A step has failed, and not what is around it. */
export class StepFailure extends CodedError {
  readonly reason: CodedError
  /** The plan keeps it, and with it when the step is tried again. */
  readonly isNoted: boolean

  constructor(reason: CodedError, isNoted: boolean) {
    super(reason.code, reason.message, { cause: reason })
    this.reason = reason
    this.isNoted = isNoted
  }
}

/** @throws CodedError `ISSUER_PROFILE_UNKNOWN` */
export function profileOf(issuers: Issuers, account: AccountId, name: string | undefined): IssuerProfile {
  const profile = issuers.profiles(account).find((each) => each.name === name)
  if (!profile) throw profileUnknown()
  return profile
}

export function profileUnknown(): CodedError {
  return new CodedError(
    'ISSUER_PROFILE_UNKNOWN',
    'This account has no issuer of this name. List the issuers for the names of their profiles.',
    { details: { field: 'profile' } },
  )
}

/** Whether a failure to fetch has been noted a moment ago. */
function wasJustNoted(certificate: Certificate, code: ErrorCode): boolean {
  const { fetchFailure } = planOf(certificate)
  const isSame = fetchFailure?.code === code && fetchFailure.of === planSubject(certificate)
  return isSame && Date.now() < Date.parse(fetchFailure.at) + notedForMs
}

async function askIssuer(
  issuer: Issuer,
  order: IssuanceOrder,
  reference: string | undefined,
  deadline: AbortSignal,
): Promise<Issuance> {
  try {
    return await (reference === undefined ? issuer.issue(order, deadline) : issuer.collect(order, reference, deadline))
  } catch (error) {
    if (!deadline.aborted || error instanceof IssuerError) throw error
    throw new CodedError('ISSUER_UNREACHABLE', 'The issuer did not answer in time. It is asked again.', {
      cause: error,
    })
  }
}

/** The longer an order is pending, the more rarely it is asked for: each time is a change of the account. */
function nextAsk(askAgainInMs: number | undefined, since: number, now: number): string {
  const wait = Math.max(askAgainInMs ?? askAgainMs, 1_000, Math.min((now - since) / 10, longestAskMs))
  return new Date(now + wait).toISOString()
}

/** For a quarter of the lifetime at most: the rest is for those who have to look into it. */
function isPendingTooLong({ current, staged, plan }: Certificate, now: number): boolean {
  const lifetime = current && Date.parse(current.notAfter) - Date.parse(current.notBefore)
  const orderedAt = plan?.order?.orderedAt ?? staged?.createdAt
  return now - Date.parse(orderedAt ?? '') > Math.min(longestPendingMs, (lifetime ?? Number.POSITIVE_INFINITY) / 4)
}

function pendingTooLong(): IssuerError {
  return new IssuerError(
    'ISSUER_PENDING_TOO_LONG',
    'The issuer has not answered the order in time. It is ordered anew. Ask whoever runs the issuer.',
  )
}

function keyTypeOf(present: string | undefined, allowed: readonly string[]): RequestKeyType {
  const made = requestKeyTypes.filter((each) => allowed.includes(each))
  const [first = 'EC-P256'] = allowed.flatMap((each) => made.find((known) => known === each) ?? [])
  return made.find((each) => each === present) ?? first
}

/** An answer that will be no better the next time it is asked for: by another order it may be. */
function isUnusable(code: ErrorCode): boolean {
  return code.startsWith('ISSUED_') || code === 'ISSUER_PENDING_TOO_LONG' || problemStatus[code] === 422
}

/** @returns what the plan keeps; anything unexpected is an INTERNAL_ERROR */
export function codedFailure(error: unknown): CodedError {
  if (isCodedError(error)) return error
  if (error instanceof IssuerError) return new CodedError(error.code, error.message, { cause: error })
  return new CodedError('INTERNAL_ERROR', 'The step failed. It is tried again.', { cause: error })
}
