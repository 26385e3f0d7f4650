import {
  type CreatedHandover,
  type Handover,
  type HandoverRequest,
  handoverAnswer,
  handoverOpening,
  limits,
  type OpenedHandover,
  handoverOperations as operations,
  type PageQuery,
  type RegistrationFacts,
} from '@mtls-gateway/contract'
import type { RateCounter } from '@mtls-gateway/coordination'
import { type AccountId, type CertificateId, CodedError } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, BodyOf, Operation, QueryOf, TrustedProxies } from '@mtls-gateway/service-kit'
import { Controller, Inject, Param, Req, Res } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { changeContext } from '../changes/change-context.ts'
import { admitAttempt, readAttempt } from '../http/anonymous-attempts.ts'
import { answerPage } from '../http/page.ts'
import { AccountParam, CertificateParam } from '../http/path-params.ts'
import { HANDOVER_OPENINGS } from '../runtime/tokens.ts'
import { HandoverRegistry } from './handover-registry.ts'

@Controller()
export class HandoversController {
  readonly #handovers: HandoverRegistry
  readonly #rates: RateCounter
  readonly #proxies: TrustedProxies

  constructor(
    @Inject(HandoverRegistry) handovers: HandoverRegistry,
    @Inject(HANDOVER_OPENINGS) rates: RateCounter,
    @Inject(TrustedProxies) proxies: TrustedProxies,
  ) {
    this.#handovers = handovers
    this.#rates = rates
    this.#proxies = proxies
  }

  @Operation(operations.createHandover)
  create(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
    @BodyOf(operations.createHandover) body: HandoverRequest,
  ): Promise<CreatedHandover> {
    return this.#handovers.create(account, id, body, changeContext(request))
  }

  @Operation(operations.listHandovers)
  async list(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
    @QueryOf(operations.listHandovers) query: PageQuery,
  ): Promise<readonly Handover[]> {
    return answerPage(request, reply, await this.#handovers.list(account, id, query))
  }

  @Operation(operations.revokeHandover)
  revoke(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @CertificateParam() id: CertificateId,
    @Param('handoverId') handoverId: string,
  ): Promise<Handover> {
    return this.#handovers.revoke(account, id, handoverId, changeContext(request))
  }

  @Operation(operations.getRegistrationFacts)
  facts(@AccountParam() account: AccountId, @CertificateParam() id: CertificateId): Promise<RegistrationFacts> {
    return this.#handovers.facts(account, id)
  }

  @Operation(operations.openHandover)
  async open(@Req() request: FastifyRequest): Promise<OpenedHandover> {
    const address = await admitAttempt(request, this.#rates, this.#proxies)
    const { code } = await readBody(request, handoverOpening, '{"code": "mtlshandover_..."}')
    return this.#handovers.open(code, address)
  }

  @Operation(operations.answerHandover)
  async answer(@Req() request: FastifyRequest): Promise<OpenedHandover> {
    const address = await admitAttempt(request, this.#rates, this.#proxies)
    const shape = '{"code", "fingerprintSha256", "mappings": [ids], "note"}, the note with at most 500 characters'
    return this.#handovers.answer(await readBody(request, handoverAnswer, shape), address)
  }
}

/** @throws CodedError `VALIDATION_FAILED`, and of {@link readAttempt} */
function readBody<T extends z.ZodType>(request: FastifyRequest, schema: T, shape: string): Promise<z.output<T>> {
  const refused = () => new CodedError('VALIDATION_FAILED', `Send JSON such as ${shape}.`)
  return readAttempt(request, schema, limits.handoverAnswer, refused)
}
