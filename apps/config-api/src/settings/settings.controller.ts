import { accountOperations as operations, type Settings, type SettingsRequest } from '@mtls-gateway/contract'
import type { AccountId } from '@mtls-gateway/domain'
import { type AuthenticatedRequest, BodyOf, Operation } from '@mtls-gateway/service-kit'
import { Controller, Inject, Req, Res } from '@nestjs/common'
import type { FastifyReply } from 'fastify'
import { changeContext } from '../changes/change-context.ts'
import { withEntityTag } from '../http/entity-tag.ts'
import { AccountParam } from '../http/path-params.ts'
import { SettingsRegistry } from './settings-registry.ts'
import { readSettingsRequest } from './settings-request.ts'

@Controller()
export class SettingsController {
  readonly #settings: SettingsRegistry

  constructor(@Inject(SettingsRegistry) settings: SettingsRegistry) {
    this.#settings = settings
  }

  @Operation(operations.getSettings)
  async get(@Res({ passthrough: true }) reply: FastifyReply, @AccountParam() account: AccountId): Promise<Settings> {
    return withEntityTag(reply, await this.#settings.get(account))
  }

  @Operation(operations.changeSettings)
  async put(
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @AccountParam() account: AccountId,
    @BodyOf(operations.changeSettings) body: SettingsRequest,
  ): Promise<Settings> {
    const settings = readSettingsRequest(body)
    return withEntityTag(reply, await this.#settings.change(account, settings, changeContext(request)))
  }
}
