import { type AccountId, CodedError, type MappingId, parseMappingId } from '@mtls-gateway/domain'
import { ApiTags, type AuthenticatedRequest, Credentials } from '@mtls-gateway/service-kit'
import { Body, Controller, Delete, Get, Inject, Post, Put, Query, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { changeContext } from '../changes/change-context.ts'
import { withEntityTag } from '../http/entity-tag.ts'
import { answerPage, type PageQuery, pageQuerySchema } from '../http/page.ts'
import { AccountParam, MappingParam } from '../http/path-params.ts'
import { MappingRegistry } from './mapping-registry.ts'
import { type MappingBody, mappingListSchema, mappingSchema } from './mapping-request.ts'
import type { MappingView } from './mapping-view.ts'

/** Mappings on both paths: the product's own and the one that existing clients know. */
@ApiTags('mappings')
@Controller(['mtls/account/:accountId/mappings', 'api/account/:accountId/configuration/ac-common/mtls'])
export class MappingsController {
  readonly #mappings: MappingRegistry

  constructor(@Inject(MappingRegistry) mappings: MappingRegistry) {
    this.#mappings = mappings
  }

  @Post()
  @Credentials({ kinds: ['oauth1', 'bearer'], scope: 'mtls:write' })
  create(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @Body({ schema: mappingListSchema }) bodies: readonly MappingBody[],
  ): Promise<readonly MappingView[]> {
    return this.#mappings.create(account, bodies, changeContext(request))
  }

  @Get()
  @Credentials({ kinds: ['oauth1', 'bearer'], scope: 'mtls:read' })
  async list(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @Query({ schema: pageQuerySchema }) query: PageQuery,
  ): Promise<readonly MappingView[]> {
    return answerPage(request, reply, await this.#mappings.list(account, query))
  }

  @Put()
  @Credentials({ kinds: ['oauth1', 'bearer'], scope: 'mtls:write' })
  updateAll(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @Body({ schema: mappingListSchema }) bodies: readonly MappingBody[],
  ): Promise<readonly MappingView[]> {
    return this.#mappings.update(account, bodies, changeContext(request))
  }

  @Get(':mappingId')
  @Credentials({ kinds: ['oauth1', 'bearer'], scope: 'mtls:read' })
  async get(
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @MappingParam() id: MappingId,
  ): Promise<MappingView> {
    return withEntityTag(reply, await this.#mappings.get(account, id))
  }

  @Put(':mappingId')
  @Credentials({ kinds: ['oauth1', 'bearer'], scope: 'mtls:write' })
  async update(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @MappingParam() id: MappingId,
    @Body({ schema: mappingSchema }) body: MappingBody,
  ): Promise<MappingView | undefined> {
    if (body.id !== undefined && parseMappingId(body.id) !== id) {
      throw new CodedError(
        'VALIDATION_FAILED',
        '"id" is not the mapping of the path. Leave it out or make it the same.',
      )
    }
    const [view] = await this.#mappings.update(account, [{ ...body, id }], changeContext(request, 'subject'))
    return view
  }

  @Delete(':mappingId')
  @Credentials({ kinds: ['oauth1', 'bearer'], scope: 'mtls:write' })
  delete(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @MappingParam() id: MappingId,
  ): Promise<MappingView> {
    return this.#mappings.delete(account, id, changeContext(request, 'subject'))
  }
}
