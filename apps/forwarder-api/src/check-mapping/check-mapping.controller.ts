import { type AccountId, CodedError, parseAccountId } from '@mtls-gateway/domain'
import { ApiTags, type AuthenticatedRequest, Credentials } from '@mtls-gateway/service-kit'
import { Body, Controller, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common'
import { CheckMapping } from './check-mapping.ts'
import {
  answerKey,
  type CheckMappingEntry,
  type CheckMappingVersion,
  checkMappingSchema,
  checkMappingVersionSchema,
} from './check-mapping-request.ts'

@ApiTags('check mapping')
@Controller('mtls')
export class CheckMappingController {
  readonly #checkMapping: CheckMapping

  constructor(@Inject(CheckMapping) checkMapping: CheckMapping) {
    this.#checkMapping = checkMapping
  }

  @Post('mapping')
  @HttpCode(200)
  @Credentials({ kinds: ['oauth1', 'bearer'], scope: 'mtls:read' })
  check(
    @Req() request: AuthenticatedRequest,
    @Query('v', { schema: checkMappingVersionSchema }) version: CheckMappingVersion,
    @Body({ schema: checkMappingSchema }) entries: readonly CheckMappingEntry[],
  ): Promise<unknown> {
    return this.#answer(request, version, entries)
  }

  @Post('account/:accountId/mapping')
  @HttpCode(200)
  @Credentials({ kinds: ['oauth1', 'bearer'], scope: 'mtls:read' })
  checkOfAccount(
    @Req() request: AuthenticatedRequest,
    @Param('accountId') accountId: string,
    @Query('v', { schema: checkMappingVersionSchema }) version: CheckMappingVersion,
    @Body({ schema: checkMappingSchema }) entries: readonly CheckMappingEntry[],
  ): Promise<unknown> {
    refuseStrangers(parseAccountId(accountId), entries)
    return this.#answer(request, version, entries)
  }

  async #answer(
    { principal }: AuthenticatedRequest,
    version: CheckMappingVersion,
    entries: readonly CheckMappingEntry[],
  ): Promise<unknown> {
    const answers = await this.#checkMapping.check(principal, entries)
    if (version === '2') return entries.map((entry, index) => ({ ...entry, doExist: answers[index] }))
    return Object.fromEntries(entries.map((entry, index) => [answerKey(entry), answers[index]]))
  }
}

function refuseStrangers(account: AccountId, entries: readonly CheckMappingEntry[]): void {
  if (entries.every(({ accountId }) => accountId === account)) return
  throw new CodedError('WRONG_ACCOUNT', 'An entry is of another account than that of the path.')
}
