import {
  type Mapping,
  type MappingQuery,
  type MappingRequest,
  mappingOperations as operations,
} from '@mtls-gateway/contract'
import { type AccountId, CodedError, type MappingId, parseMappingId } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, BodyOf, Operation, QueryOf } from '@mtls-gateway/service-kit'
import { Controller, Inject, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { changeContext } from '../changes/change-context.ts'
import { withEntityTag } from '../http/entity-tag.ts'
import { answerPage } from '../http/page.ts'
import { AccountParam, MappingParam } from '../http/path-params.ts'
import { MappingRegistry } from './mapping-registry.ts'

/** Mappings on both paths: the current one and the one that existing clients use. */
@Controller()
export class MappingsController {
  readonly #mappings: MappingRegistry

  constructor(@Inject(MappingRegistry) mappings: MappingRegistry) {
    this.#mappings = mappings
  }

  @Operation(operations.createMappings)
  create(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @BodyOf(operations.createMappings) bodies: readonly MappingRequest[],
  ): Promise<readonly Mapping[]> {
    return this.#mappings.create(account, bodies, changeContext(request))
  }

  @Operation(operations.listMappings)
  async list(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @QueryOf(operations.listMappings) query: MappingQuery,
  ): Promise<readonly Mapping[]> {
    return answerPage(request, reply, await this.#mappings.list(account, query))
  }

  @Operation(operations.updateMappings)
  updateAll(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @BodyOf(operations.updateMappings) bodies: readonly MappingRequest[],
  ): Promise<readonly Mapping[]> {
    return this.#mappings.update(account, bodies, changeContext(request))
  }

  @Operation(operations.getMapping)
  async get(
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @MappingParam() id: MappingId,
  ): Promise<Mapping> {
    return withEntityTag(reply, await this.#mappings.get(account, id))
  }

  @Operation(operations.updateMapping)
  async update(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @MappingParam() id: MappingId,
    @BodyOf(operations.updateMapping) body: MappingRequest,
  ): Promise<Mapping | undefined> {
    if (body.id !== undefined && parseMappingId(body.id) !== id) {
      throw new CodedError(
        'MAPPING_ID_MISMATCH',
        '"id" is not the mapping in the path. Leave it out, or send the same id.',
      )
    }
    const [view] = await this.#mappings.update(account, [{ ...body, id }], changeContext(request, 'subject'))
    return view
  }

  @Operation(operations.deleteMapping)
  delete(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @MappingParam() id: MappingId,
  ): Promise<Mapping> {
    return this.#mappings.delete(account, id, changeContext(request, 'subject'))
  }
}
