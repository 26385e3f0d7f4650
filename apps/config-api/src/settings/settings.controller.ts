import type { AccountId } from '@mtls-gateway/domain'
import { ApiTags, type AuthenticatedRequest, Credentials } from '@mtls-gateway/service-kit'
import { Body, Controller, Get, Inject, Put, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { changeContext } from '../changes/change-context.ts'
import { withEntityTag } from '../http/entity-tag.ts'
import { AccountParam } from '../http/path-params.ts'
import { SettingsRegistry, type SettingsView } from './settings-registry.ts'
import { readSettingsRequest, type SettingsBody, settingsSchema } from './settings-request.ts'

@ApiTags('settings')
@Controller('mtls/account/:accountId/settings')
export class SettingsController {
  readonly #settings: SettingsRegistry

  constructor(@Inject(SettingsRegistry) settings: SettingsRegistry) {
    this.#settings = settings
  }

  @Get()
  @Credentials({ kinds: ['bearer'], scope: 'mtls:admin' })
  async get(
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
  ): Promise<SettingsView> {
    return withEntityTag(reply, await this.#settings.get(account))
  }

  @Put()
  @Credentials({ kinds: ['bearer'], scope: 'mtls:admin' })
  async put(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @Body({ schema: settingsSchema }) body: SettingsBody,
  ): Promise<SettingsView> {
    const settings = readSettingsRequest(body)
    return withEntityTag(reply, await this.#settings.change(account, settings, changeContext(request)))
  }
}
