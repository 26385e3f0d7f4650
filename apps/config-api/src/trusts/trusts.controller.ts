import { trustOperations as operations, type Trust, type TrustDetails, type TrustRequest } from '@mtls-gateway/contract'
import { type AccountId, parseTrustName } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, BodyOf, Operation } from '@mtls-gateway/service-kit'
import { Controller, Inject, Param, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { changeContext } from '../changes/change-context.ts'
import { withEntityTag } from '../http/entity-tag.ts'
import { AccountParam } from '../http/path-params.ts'
import { TrustRegistry } from './trust-registry.ts'

/** Trust lists: CAs with a name, by which mappings trust their targets. */
@Controller()
export class TrustsController {
  readonly #trusts: TrustRegistry

  constructor(@Inject(TrustRegistry) trusts: TrustRegistry) {
    this.#trusts = trusts
  }

  @Operation(operations.listTrusts)
  async list(
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
  ): Promise<readonly Trust[]> {
    return withEntityTag(reply, await this.#trusts.list(account))
  }

  @Operation(operations.getTrust)
  async get(
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @Param('trust') name: string,
  ): Promise<TrustDetails> {
    return withEntityTag(reply, await this.#trusts.get(account, name))
  }

  @Operation(operations.setTrust)
  async set(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @Param('trust') text: string,
    @BodyOf(operations.setTrust) { caCertificates }: TrustRequest,
  ): Promise<TrustDetails> {
    const name = parseTrustName(text, 'trust')
    return withEntityTag(
      reply,
      await this.#trusts.set(account, changeContext(request, 'subject'), name, caCertificates),
    )
  }

  @Operation(operations.deleteTrust)
  delete(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @Param('trust') name: string,
  ): Promise<Trust> {
    return this.#trusts.delete(account, changeContext(request, 'subject'), name)
  }
}
