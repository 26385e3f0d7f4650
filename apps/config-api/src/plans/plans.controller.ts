import type { Bulkhead } from '@mtls-gateway/bulkhead'
import {
  type Certificate,
  type IssueRequest,
  type Issuer,
  planOperations as operations,
  type PendingIssuance,
  type Plan,
  type PlanRequest,
  type Replacement,
  type ReplacementRequest,
  type Source,
} from '@mtls-gateway/contract'
import { type AccountId, type CertificateId, checkName, planChoicesOf } from '@mtls-gateway/domain'
import type { IssuerProfile, Issuers } from '@mtls-gateway/issuance'
import { type AuthenticatedRequest, BodyOf, Operation } from '@mtls-gateway/service-kit'
import { Controller, Header, Inject, Param, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { answerCertificate, viewSaved } from '../certificates/certificate-view.ts'
import { changeContext, entryContext } from '../changes/change-context.ts'
import { LeavesAccount } from '../http/account-reads.ts'
import { withEntityTag } from '../http/entity-tag.ts'
import { AccountParam, CertificateParam } from '../http/path-params.ts'
import { ISSUERS } from '../runtime/tokens.ts'
import { readRequestSpec } from '../signing-requests/signing-request-body.ts'
import { Sources } from '../sources/sources.ts'
import { PLAN_STEPS } from './plan-runner.ts'
import { codedFailure, profileUnknown } from './plan-steps.ts'
import { RenewalPlans } from './renewal-plans.ts'

const caDeadlineMs = 10_000

/** Certificates that renew themselves (docs/renewal.md). */
@Controller()
export class PlansController {
  readonly #plans: RenewalPlans
  readonly #issuers: Issuers
  readonly #sources: Sources
  readonly #questions: Bulkhead

  constructor(
    @Inject(RenewalPlans) plans: RenewalPlans,
    @Inject(ISSUERS) issuers: Issuers,
    @Inject(Sources) sources: Sources,
    @Inject(PLAN_STEPS) questions: Bulkhead,
  ) {
    this.#plans = plans
    this.#issuers = issuers
    this.#sources = sources
    this.#questions = questions
  }

  @Operation(operations.listIssuers)
  @LeavesAccount(true)
  listIssuers(@AccountParam() account: AccountId): readonly Issuer[] {
    return this.#issuers.profiles(account).map(viewIssuer)
  }

  @Operation(operations.listSources)
  @LeavesAccount(true)
  listSources(@AccountParam() account: AccountId): readonly Source[] {
    return this.#sources.profiles(account)
  }

  @Operation(operations.downloadIssuerCa)
  @LeavesAccount(true)
  @Header('content-type', 'application/x-pem-file')
  async downloadCa(@AccountParam() account: AccountId, @Param('profile') profile: string): Promise<string> {
    const issuer = this.#issuers.find(account, profile)
    if (!issuer) throw profileUnknown()
    try {
      return await this.#questions.run(account, () => issuer.ca(account, AbortSignal.timeout(caDeadlineMs)))
    } catch (error) {
      throw codedFailure(error)
    }
  }

  @Operation(operations.issueCertificate)
  async issue(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @BodyOf(operations.issueCertificate) body: IssueRequest,
  ): Promise<Certificate | PendingIssuance> {
    const { profile, keyType, subject, subjectAltNames } = body
    const name = checkName('name', body.name)
    const { keyType: _, ...spec } = readRequestSpec({ keyType: 'EC-P256', subject, subjectAltNames })
    const context = () => changeContext(request)
    const issued = await this.#plans.issue(account, context, { name, profile, keyType, spec })
    const { certificate } = issued
    if (certificate.current) return answerCertificate(reply, account, certificate)
    void reply.status(202)
    return { certificate: viewSaved(account, certificate), plan: await this.#plans.view(issued.account, certificate) }
  }

  @Operation(operations.getPlan)
  async get(
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
  ): Promise<Plan> {
    return withEntityTag(reply, await this.#plans.get(account, id))
  }

  @Operation(operations.setPlan)
  async set(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
    @BodyOf(operations.setPlan) body: PlanRequest,
  ): Promise<Plan> {
    const choices = planChoicesOf(body)
    return withEntityTag(reply, await this.#plans.set(account, changeContext(request, 'subject'), id, choices))
  }

  @Operation(operations.removePlan)
  remove(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
  ): Promise<Plan> {
    return this.#plans.remove(account, changeContext(request, 'subject'), id)
  }

  @Operation(operations.runPlan)
  async run(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
  ): Promise<Plan> {
    return withEntityTag(reply, await this.#plans.run(account, () => entryContext(request), id))
  }

  @Operation(operations.replaceAllOfIssuer)
  replaceAllOfIssuer(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @BodyOf(operations.replaceAllOfIssuer) body: ReplacementRequest,
  ): Promise<Replacement> {
    return this.#plans.replaceAllOfIssuer(account, changeContext(request), body)
  }
}

function viewIssuer({ name, kind, description, keyTypes, subject, lifetimeSeconds }: IssuerProfile): Issuer {
  return {
    ...{ name, kind, description, keyTypes: [...keyTypes] },
    ...{ subject: subject ?? null, lifetimeSeconds: lifetimeSeconds ?? null },
  }
}
