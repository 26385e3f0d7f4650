import type { Plan, Replacement, ReplacementRequest } from '@mtls-gateway/contract'
import {
  type Account,
  type AccountId,
  type Certificate,
  type CertificateId,
  type CertificateVersion,
  CodedError,
  type CommandContext,
  findCertificate,
  isCodedError,
  type MadeKey,
  type PlanChoices,
  planOf,
  planRenewAt,
  type RequestKeyType,
  refuseTakenName,
  removePlan,
  renewNow,
  replacementOf,
  requestCertificate,
  requestKeyTypes,
  setPlan,
} from '@mtls-gateway/domain'
import type { Issuers } from '@mtls-gateway/issuance'
import type { RequestSpec } from '@mtls-gateway/key-material'
import type { AccountWriter } from '@mtls-gateway/registry'
import { viewPlan } from '../certificates/plan-view.ts'
import type { VersionChanges } from '../certificates/versions/version-changes.ts'
import type { VersionRecords } from '../certificates/versions/version-records.ts'
import type { VersionUploads } from '../certificates/versions/version-uploads.ts'
import { newCertificateIds } from '../changes/new-ids.ts'
import type { Versioned } from '../http/entity-tag.ts'
import type { SigningRequests } from '../signing-requests/signing-requests.ts'
import type { Sources } from '../sources/sources.ts'
import type { PlanRunner } from './plan-runner.ts'
import { profileOf } from './plan-steps.ts'
import type { SourceFetches } from './source-fetches.ts'

export interface RenewalPlansParts {
  readonly writer: AccountWriter
  readonly issuers: Issuers
  readonly sources: Sources
  readonly requests: SigningRequests
  readonly records: VersionRecords
  readonly changes: VersionChanges
  readonly runner: PlanRunner
  readonly fetches: SourceFetches
  readonly uploads: VersionUploads
}

/** A certificate to be ordered. */
export interface Order {
  readonly name: string
  readonly profile: string
  /** Undefined: the first that the issuer signs. */
  readonly keyType: RequestKeyType | undefined
  readonly spec: Omit<RequestSpec, 'keyType'>
}

export interface Issued {
  readonly account: Account
  readonly certificate: Certificate
}

/** What an issued certificate has, until somebody gives it another one. */
const usualPlan = { renewAt: planRenewAt.usual, test: 'auto', promote: 'auto', rollBack: 'auto' } as const

/** Plans of certificates, and certificates that are ordered by one. */
export class RenewalPlans {
  readonly #parts: RenewalPlansParts
  readonly #stopping = new AbortController()

  constructor(parts: RenewalPlansParts) {
    this.#parts = parts
  }

  /** @throws CodedError `CERTIFICATE_NOT_FOUND`, `PLAN_NOT_FOUND` */
  async get(accountId: AccountId, id: CertificateId): Promise<Versioned<Plan>> {
    const account = await this.#parts.writer.read(accountId)
    const certificate = findCertificate(account, id)
    return { value: await this.view(account, certificate), revision: certificate.revision }
  }

  /** A plan with the request that people take to a CA, where it waits for that. */
  async view(account: Account, certificate: Certificate): Promise<Plan> {
    const plan = viewPlan(account, certificate)
    const order = certificate.plan?.order
    if (plan.waitsFor !== 'signature' || order === undefined || order.keyId !== certificate.staged?.keyId) return plan
    const { leaf } = await this.#parts.records.readChain(account.accountId, { versionId: order.csrId })
    return { ...plan, signingRequest: leaf }
  }

  /** @throws CodedError `CERTIFICATE_NOT_FOUND`, `ISSUER_PROFILE_UNKNOWN`, `SOURCE_UNKNOWN` */
  async set(
    accountId: AccountId,
    context: CommandContext,
    id: CertificateId,
    choices: PlanChoices,
  ): Promise<Versioned<Plan>> {
    const { writer } = this.#parts
    this.check(accountId, choices)
    const { source } = choices
    // The order ends where a source takes over.
    const before = source === undefined ? undefined : await writer.readInTurn(accountId)
    const csrId = before && findCertificate(before, id).plan?.order?.csrId
    const { account } = await writer.change(accountId, context.changeId, setPlan(context, id, choices), {
      dropped: () => (csrId === undefined ? [] : [{ kind: 'chains', accountId, id: csrId }]),
    })
    return viewIn(account, id)
  }

  /** That there is what a plan names. @throws CodedError `ISSUER_PROFILE_UNKNOWN`, `SOURCE_UNKNOWN` */
  check(accountId: AccountId, { profile, source }: Pick<PlanChoices, 'profile' | 'source'>): void {
    const { issuers, sources } = this.#parts
    if (profile !== undefined) profileOf(issuers, accountId, profile)
    if (source !== undefined) sources.get(accountId, source)
  }

  /**
   * The type of a key that an issuer signs.
   * @param wanted undefined: the first that it signs
   * @throws CodedError `ISSUER_PROFILE_UNKNOWN`, `KEY_TYPE_UNSUPPORTED`
   */
  keyType(accountId: AccountId, profile: string, wanted: RequestKeyType | undefined): RequestKeyType {
    return keyTypeOf(wanted, profileOf(this.#parts.issuers, accountId, profile).keyTypes)
  }

  /** A key to be ordered for, and its signing request: two records. @throws CodedError `TOO_MANY_BODIES` */
  async makeKey(accountId: AccountId, context: CommandContext, spec: RequestSpec): Promise<MadeKey> {
    const { requests, records } = this.#parts
    const { request, csr } = await requests.makeRequest(accountId, context, spec)
    return { request, csrId: await records.storeChain(accountId, { leaf: csr, chain: [] }) }
  }

  /**
   * What a source has for a new certificate of this name, which is stored.
   * @throws CodedError `SOURCE_...`; what else is wrong with key and certificate
   */
  async fetchFirst(
    accountId: AccountId,
    context: CommandContext,
    from: { readonly source: string; readonly name: string },
  ): Promise<CertificateVersion> {
    const { fetches, uploads } = this.#parts
    return uploads.store(accountId, context, await fetches.examine(accountId, from, this.#stopping.signal))
  }

  /** The plan as it was. @throws CodedError `CERTIFICATE_NOT_FOUND`, `PLAN_NOT_FOUND` */
  async remove(accountId: AccountId, context: CommandContext, id: CertificateId): Promise<Plan> {
    const { writer } = this.#parts
    const before = await writer.readInTurn(accountId)
    const view = viewPlan(before, findCertificate(before, id))
    const csrId = planOf(findCertificate(before, id)).order?.csrId
    await writer.change(accountId, context.changeId, removePlan(context, id), {
      dropped: () => (csrId === undefined ? [] : [{ kind: 'chains', accountId, id: csrId }]),
    })
    return view
  }

  /** Does the next step now. @throws CodedError: why it failed, or there is none */
  async run(accountId: AccountId, context: () => CommandContext, id: CertificateId): Promise<Versioned<Plan>> {
    const { runner, writer } = this.#parts
    await runner.runNow(accountId, id, context, this.#stopping.signal)
    return viewIn(await writer.readInTurn(accountId), id)
  }

  /**
   * Has their plans renew all certificates of an issuer now.
   * @throws CodedError `CERTIFICATE_NOT_FOUND` for an issuer of which there is none, unless a request is repeated
   */
  async replaceAllOfIssuer(
    accountId: AccountId,
    context: CommandContext,
    body: ReplacementRequest,
  ): Promise<Replacement> {
    const wanted = { ...wantedBy(body, context.at), accepts: body.accepts }
    const { issuer, issuedBefore } = wanted
    const { result } = await this.#parts.writer.change(accountId, context.changeId, renewNow(context, wanted))
    const isNone = result.requested + result.leftToPeople === 0
    if (isNone && body.issuedBefore === undefined) throw noneOfIssuer(issuer)
    return { issuer, issuedBefore, ...result }
  }

  /** What is left of what was asked for. @param at ISO 8601: when that was */
  async replacement(accountId: AccountId, body: ReplacementRequest, at: string): Promise<Replacement> {
    const wanted = wantedBy(body, at)
    return { ...wanted, ...replacementOf(await this.#parts.writer.read(accountId), wanted) }
  }

  /**
   * Makes a key, and orders a certificate for it. What can't be ordered now waits by its plan.
   * @throws CodedError `CERTIFICATE_NAME_TAKEN`, `ISSUER_PROFILE_UNKNOWN`, `KEY_TYPE_UNSUPPORTED`
   */
  async issue(accountId: AccountId, context: () => CommandContext, order: Order): Promise<Issued> {
    const { writer, changes, runner } = this.#parts
    const { name, profile, spec } = order
    const keyType = this.keyType(accountId, profile, order.keyType)
    refuseTakenName(await writer.readInTurn(accountId), name)
    const first = context()
    const { request, csrId } = await this.makeKey(accountId, first, { ...spec, keyType })
    const plan = { profile, ...usualPlan, order: { keyId: request.keyId, csrId } }
    const id = newCertificateIds(first.changeId)()
    const command = requestCertificate(first, { id, name, request, plan })
    await changes.make(accountId, first, command, { keyId: request.keyId, versionId: csrId })
    const later = () => ({ ...context(), precondition: undefined, idempotency: undefined })
    try {
      await runner.runNow(accountId, id, later, this.#stopping.signal)
    } catch (error) {
      // It is made, and its plan has noted why it waits.
      if (!isCodedError(error)) throw error
    }
    const account = await writer.readInTurn(accountId)
    return { account, certificate: findCertificate(account, id) }
  }

  /** Gives up what requests wait for. */
  stop(): void {
    this.#stopping.abort()
  }
}

/** Without a time of its own, what came until now. */
function wantedBy({ issuer, issuedBefore }: ReplacementRequest, at: string) {
  return { issuer, issuedBefore: new Date(issuedBefore ?? at).toISOString() }
}

function noneOfIssuer(issuer: string): CodedError {
  return new CodedError(
    'CERTIFICATE_NOT_FOUND',
    `No certificate in use was issued by ${issuer}. Write the issuer as the certificates state it.`,
    { details: { field: 'issuer' } },
  )
}

function viewIn(account: Account, id: CertificateId): Versioned<Plan> {
  const certificate = findCertificate(account, id)
  return { value: viewPlan(account, certificate), revision: certificate.revision }
}

/** @throws CodedError `KEY_TYPE_UNSUPPORTED` */
function keyTypeOf(wanted: RequestKeyType | undefined, allowed: readonly string[]): RequestKeyType {
  const made = requestKeyTypes.filter((each) => allowed.includes(each))
  const keyType = wanted ?? made.toSorted((one, other) => allowed.indexOf(one) - allowed.indexOf(other))[0]
  if (keyType !== undefined && made.includes(keyType)) return keyType
  throw new CodedError('KEY_TYPE_UNSUPPORTED', `This issuer signs keys of these types: ${allowed.join(', ')}.`, {
    details: { field: 'keyType' },
  })
}
