import {
  type AppKey,
  type AppKeyRequest,
  type CreatedAppKey,
  appKeyOperations as operations,
  type PageQuery,
} from '@mtls-gateway/contract'
import { type AccountId, CodedError, parseAppKey, ServiceCatalogue } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, BodyOf, Operation, QueryOf } from '@mtls-gateway/service-kit'
import { Controller, Inject, Param, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { changeContext } from '../changes/change-context.ts'
import { answerPage } from '../http/page.ts'
import { AccountParam } from '../http/path-params.ts'
import { AppKeyRegistry } from './app-key-registry.ts'
import { readAppKeyRequest } from './app-key-request.ts'

@Controller()
export class AppKeysController {
  readonly #appKeys: AppKeyRegistry
  readonly #services: ServiceCatalogue

  constructor(@Inject(AppKeyRegistry) appKeys: AppKeyRegistry, @Inject(ServiceCatalogue) services: ServiceCatalogue) {
    this.#appKeys = appKeys
    this.#services = services
  }

  @Operation(operations.createAppKey)
  create(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @BodyOf(operations.createAppKey) body: AppKeyRequest,
  ): Promise<CreatedAppKey> {
    const asked = readAppKeyRequest(body, Date.now(), this.#services)
    return this.#appKeys.create(account, asked, changeContext(request))
  }

  @Operation(operations.listAppKeys)
  async list(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @QueryOf(operations.listAppKeys) query: PageQuery,
  ): Promise<readonly AppKey[]> {
    return answerPage(request, reply, await this.#appKeys.list(account, query))
  }

  @Operation(operations.deleteAppKey)
  delete(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @Param('appKey') text: string,
  ): Promise<AppKey> {
    const appKey = parseAppKey(text)
    if (appKey?.accountId !== account) throw new CodedError('APP_KEY_NOT_FOUND', 'This account has no such app key.')
    return this.#appKeys.delete(account, appKey.id, changeContext(request))
  }
}
