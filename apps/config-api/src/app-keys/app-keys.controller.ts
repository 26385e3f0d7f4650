import { type AccountId, CodedError, parseAppKey } from '@mtls-gateway/domain'
import { ApiTags, type AuthenticatedRequest, Credentials } from '@mtls-gateway/service-kit'
import { Body, Controller, Delete, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { changeContext } from '../changes/change-context.ts'
import { answerPage, type PageQuery, pageQuerySchema } from '../http/page.ts'
import { AccountParam } from '../http/path-params.ts'
import { AppKeyRegistry, type AppKeyView } from './app-key-registry.ts'
import { type AppKeyBody, appKeySchema, readAppKeyRequest } from './app-key-request.ts'

@ApiTags('app keys')
@Controller('mtls/account/:accountId/app-keys')
export class AppKeysController {
  readonly #appKeys: AppKeyRegistry

  constructor(@Inject(AppKeyRegistry) appKeys: AppKeyRegistry) {
    this.#appKeys = appKeys
  }

  @Post()
  @Credentials({ kinds: ['bearer'], scope: 'mtls:admin' })
  create(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @Body({ schema: appKeySchema }) body: AppKeyBody,
  ): Promise<AppKeyView> {
    return this.#appKeys.create(account, readAppKeyRequest(body, Date.now()), changeContext(request))
  }

  @Get()
  @Credentials({ kinds: ['bearer'], scope: 'mtls:admin' })
  async list(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @Query({ schema: pageQuerySchema }) query: PageQuery,
  ): Promise<readonly AppKeyView[]> {
    return answerPage(request, reply, await this.#appKeys.list(account, query))
  }

  @Delete(':appKey')
  @Credentials({ kinds: ['bearer'], scope: 'mtls:admin' })
  delete(
    @Req() request: AuthenticatedRequest,
    @AccountParam() account: AccountId,
    @Param('appKey') text: string,
  ): Promise<AppKeyView> {
    const appKey = parseAppKey(text)
    if (appKey?.accountId !== account) throw new CodedError('APP_KEY_NOT_FOUND', 'This account has no such app key.')
    return this.#appKeys.delete(account, appKey.id, changeContext(request))
  }
}
