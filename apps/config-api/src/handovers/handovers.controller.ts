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
import {
  type AuthenticatedRequest,
  admit,
  BodyOf,
  clientAddress,
  Operation,
  QueryOf,
  readJsonBody,
  TrustedProxies,
} from '@mtls-gateway/service-kit'
import { Controller, Inject, Param, Req, Res } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { changeContext } from '../changes/change-context.ts'
import { answerPage } from '../http/page.ts'
import { AccountParam, CertificateParam } from '../http/path-params.ts'
import { requireJson } from '../invitations/redemption-request.ts'
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
    const address = await this.#admit(request)
    const { code } = await readBody(request, handoverOpening, '{"code": "mtlshandover_..."}')
    return this.#handovers.open(code, address)
  }

  @Operation(operations.answerHandover)
  async answer(@Req() request: FastifyRequest): Promise<OpenedHandover> {
    const address = await this.#admit(request)
    const shape = '{"code", "fingerprintSha256", "mappings": [ids], "note"}, the note with at most 500 characters'
    return this.#handovers.answer(await readBody(request, handoverAnswer, shape), address)
  }

  /** Anybody may try. @returns the caller's address @throws CodedError `UNSUPPORTED_MEDIA_TYPE`, `RATE_LIMITED` */
  async #admit(request: FastifyRequest): Promise<string> {
    requireJson(request)
    const address = clientAddress(request.raw, this.#proxies)
    await admit(this.#rates, address)
    return address
  }
}

/**
 * Bodies are charged to accounts, of which there is none here, so no more is read than an answer needs.
 * @throws CodedError `BODY_TOO_LARGE`, `BODY_TOO_SLOW`, `MALFORMED_JSON`, `VALIDATION_FAILED`
 */
async function readBody<T extends z.ZodType>(request: FastifyRequest, schema: T, shape: string): Promise<z.output<T>> {
  const { success, data } = schema.safeParse(await readJsonBody(request.raw, limits.handoverAnswer, undefined))
  if (success) return data
  // What zod says of a code is not worth the risk that it quotes it.
  throw new CodedError('VALIDATION_FAILED', `Send JSON such as ${shape}.`)
}
